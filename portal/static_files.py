"""Styles and scripts: by hashed names once `collectstatic` has run, by their own names before."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class StaticFiles(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # whitenoise ships no types
    """Tests and the demo need no `collectstatic`; after it browsers keep the files for ever."""

    def stored_name(self, name: str) -> str:
        return str(super().stored_name(name)) if self.hashed_files else name
