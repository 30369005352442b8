"""Every action of the alerts as a sentence; the words in braces are the entry's details."""

SENTENCES = {
    "alerts.chosen": "chose to be told: {choices}; {digest}",
    "alerts.destination_added": "added “{name}” to be told",
    "alerts.destination_removed": "removed “{name}”, which is told nothing any more",
    "alert.given_up": "could not be told of “{alert}”: {why}",
    "alert.sent_again": "will be tried again: {count} alerts that were given up",
}
