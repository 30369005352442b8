"""What this app tells whoever stands above it, without knowing them (E7)."""

from django.dispatch import Signal

# Sent inside the transaction that saves the change, with scope=Scope and keys=list[LookupKey]. A receiver that
# fails undoes the change. It may return how many records go on; the screen then says so.
lookup_changed = Signal()

# Sent inside the transaction in which a set of tables takes another part of its source, or one less, with scope=Scope
# and by=User or None (A80).
parts_changed = Signal()
