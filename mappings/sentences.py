"""What the trail says of this app's changes; each stands after the name of who made it."""

SENTENCES = {
    "mapping.added": "added {subject} to the {table} of {scope}: {after}",
    "mapping.changed": "changed {subject} in the {table} of {scope} from {before} to {after}",
    "mapping.deleted": "deleted {subject} from the {table} of {scope}: {before}",
    "mapping.marked": "found that {subject} in the {table} of {scope} no longer works: {why}",
    "mapping.unmarked": "found that {subject} in the {table} of {scope} works again: {why}",
    "mapping.imported": "imported {file} into the {table}: {added} added, {changed} changed, {unchanged} unchanged",
    "vendor_link.added": "linked a vendor in {scope}: {after}",
    "vendor_link.changed": "changed the vendor link {subject} in {scope} from {before} to {after}",
    "vendor_link.deleted": "deleted the vendor link {subject} in {scope}: {before}",
    "vendor_link.marked": "found that the vendor link {subject} of {scope} no longer works: {why}",
    "vendor_link.unmarked": "found that the vendor link {subject} of {scope} works again: {why}",
    "scope.added": "added the set of tables {subject}: {after}",
    "scope.changed": "changed the set of tables {subject} from {before} to {after}",
    "scope.deleted": "deleted the set of tables {subject}: {before}",
    "scope_part.added": "gave {subject} to {scope}",
    "scope_part.changed": "changed a part of {scope} from {before} to {after}",
    "scope_part.deleted": "took {subject} from {scope}",
    "books.renamed": "calls the company {subject} from now on",
    "reference.refreshed": (
        "read the list of {kind} of {subject}: {added} new, {changed} changed, {gone} gone, {back} back"
    ),
    "reference.doubted": "read an empty list of {kind} of {subject} and kept the {kept} entries known before",
}
