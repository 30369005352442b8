"""What the company buys: name, unit, account code, lowest and highest price in whole units of the currency."""

from __future__ import annotations

from typing import NamedTuple


class Item(NamedTuple):
    name: str
    unit: str
    code: str
    lowest: int
    highest: int


ITEMS = tuple(
    Item(*row)
    for row in (
        ("Bleached softwood pulp, bale", "bale", "5000", 310, 420),
        ("Recycled kraft, sorted", "tonne", "5010", 140, 220),
        ("Spruce logs, debarked", "m3", "5020", 95, 140),
        ("Aspen chips", "tonne", "5030", 70, 110),
        ("Cationic starch, 25 kg", "bag", "5040", 28, 44),
        ("Pigment paste, blue", "drum", "5050", 380, 620),
        ("Hydrogen peroxide 50 %, IBC", "each", "5060", 520, 760),
        ("Flocculant, 20 l", "can", "5070", 65, 120),
        ("Wet strength resin, IBC", "each", "5080", 890, 1300),
        ("Coating clay, 1 t", "bag", "5090", 210, 330),
        ("Press felt, 4.2 m", "each", "5100", 2400, 4100),
        ("Wax emulsion, drum", "drum", "5110", 260, 410),
        ("Corrugated carton 600x400", "each", "5200", 1, 3),
        ("Euro pallet, new", "each", "5210", 14, 22),
        ("Stretch film 500 mm, roll", "roll", "5220", 9, 16),
        ("Steel strapping 19 mm, coil", "coil", "5230", 55, 90),
        ("Thermal labels 100x150, roll", "roll", "5240", 6, 12),
        ("Core tube 76 mm", "each", "5260", 2, 5),
        ("Slitter blade set", "set", "5300", 140, 320),
        ("Spherical roller bearing 22220", "each", "5310", 180, 290),
        ("V-belt SPB 2500", "each", "5320", 24, 48),
        ("Bearing grease, 18 kg", "pail", "5330", 120, 190),
        ("Hydraulic oil HLP 46, drum", "drum", "5340", 420, 640),
        ("Filter element 10 micron", "each", "5350", 18, 60),
        ("Hose assembly 1 in, 3 m", "each", "5360", 45, 110),
        ("Mechanical seal 65 mm", "each", "5370", 260, 480),
        ("Welding wire ER70S-6, spool", "spool", "5380", 38, 66),
        ("Cutting disc 125 mm, box 25", "box", "5390", 22, 40),
        ("Argon, cylinder exchange", "each", "5400", 85, 130),
        ("Torque wrench 40-200 Nm", "each", "5410", 110, 210),
        ("Nitrile gloves M, box 100", "box", "6000", 9, 16),
        ("Safety glasses, clear", "each", "6010", 4, 11),
        ("Ear plugs, 200 pairs", "box", "6020", 24, 38),
        ("Safety boots S3", "pair", "6030", 85, 150),
        ("High visibility vest", "each", "6040", 8, 18),
        ("First aid refill kit", "each", "6050", 32, 60),
        ("Absorbent pads, bale", "bale", "6060", 48, 80),
        ("Lockout tagout signs, set", "set", "6070", 18, 36),
        ("Harness, two point", "each", "6080", 95, 180),
        ("Half mask respirator", "each", "6090", 22, 44),
        ("Motor protection switch", "each", "6200", 70, 160),
        ("Gearbox overhaul, line 3", "job", "6210", 1800, 3900),
        ("Boiler annual inspection", "job", "6230", 950, 1600),
        ("Compressor service 4,000 h", "job", "6240", 680, 1200),
        ("Forklift service", "job", "6260", 240, 420),
        ("Scale calibration", "job", "6270", 180, 320),
        ("Conveyor roller 89 mm", "each", "6280", 32, 58),
        ("Night cleaning, week", "week", "6400", 620, 880),
        ("Skip exchange, mixed waste", "each", "6410", 240, 380),
        ("Guard service, week", "week", "6460", 900, 1350),
        ("Copy paper A4, carton", "carton", "6600", 28, 44),
        ("Letterhead, 5,000", "lot", "6610", 180, 290),
        ("Docking station", "each", "6640", 120, 210),
        ("Software subscription, seat, year", "seat", "6650", 140, 480),
        ("Office chair", "each", "6690", 190, 380),
        ("LTL freight, Seattle to Tacoma", "trip", "6800", 160, 340),
        ("Courier, same day", "trip", "6820", 25, 70),
        ("Customs entry fee", "each", "6830", 60, 110),
        ("Forklift operator course", "seat", "7000", 180, 320),
        ("Temporary loader, day", "day", "7060", 190, 260),
        ("Consulting engineer, day", "day", "7070", 950, 1400),
        ("Trade fair stand, m2", "m2", "7210", 280, 420),
        ("Moisture analyser", "each", "1510", 2600, 5200),
        ("Pallet racking bay", "bay", "1530", 420, 760),
        ("Server, rack 2U", "each", "1550", 3800, 6400),
    )
)
