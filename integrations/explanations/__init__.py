"""What happened, who can mend it, where, and what will happen next: rows of data for every trouble there is."""

from integrations.explanations.rows import Explanation
from integrations.explanations.telling import of_connection, of_flag, of_record, refused
from integrations.explanations.troubles import cause_of, sentence

__all__ = ["Explanation", "cause_of", "of_connection", "of_flag", "of_record", "refused", "sentence"]
