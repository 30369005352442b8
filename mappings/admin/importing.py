"""Buttons and pages for import and export of a table."""

from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from unfold.decorators import action
from unfold.widgets import UnfoldAdminFileFieldWidget

from mappings.admin.base import TableAdmin, person
from mappings.spreadsheets import files, uploads
from mappings.spreadsheets.resources import TableResource

SHOWN = 200
COUNTED = (("new", "to add"), ("update", "to change"), ("skip", "unchanged"))


class UploadForm(forms.Form):
    file = forms.FileField(
        label="CSV or XLSX file",
        widget=UnfoldAdminFileFieldWidget,
        help_text=f"At most {files.MOST_ROWS:,} rows. Nothing is changed before you have seen what it would do.",
    )

    def clean_file(self) -> "UploadedFile[Any]":
        file: UploadedFile[Any] = self.cleaned_data["file"]
        if file.size is None or file.size > files.LARGEST_FILE:
            raise forms.ValidationError(f"The file is larger than {files.megabytes(files.LARGEST_FILE)}.")
        return file


class ExchangeMixin(TableAdmin):
    """Import by those who may add and change, export by everyone who may look."""

    resource: ClassVar[type[TableResource]]
    actions_list: Any = (
        "import_rows",
        {"title": "Export", "icon": "download", "items": ["export_csv", "export_xlsx"]},
    )

    def has_import_permission(self, request: HttpRequest) -> bool:
        return bool(self.has_add_permission(request) and self.has_change_permission(request))

    def has_export_permission(self, request: HttpRequest) -> bool:
        return bool(self.has_view_permission(request))

    @action(description="Import", url_path="import", permissions=["import"], icon="upload")  # type: ignore[untyped-decorator]
    def import_rows(self, request: HttpRequest) -> HttpResponse:
        """Upload, look, confirm."""
        if request.method == "POST" and "token" in request.POST:
            return self._confirmed(request, request.POST["token"])
        form = UploadForm(request.POST or None, request.FILES or None) if request.method == "POST" else UploadForm()
        if not form.is_valid():
            return self._import_page(request, form=form)
        file: UploadedFile[Any] = form.cleaned_data["file"]
        try:
            plan, upload = uploads.preview(self.resource, file.read(), file.name or "the file", person(request))
        except files.UnreadableFileError as problem:
            form.add_error("file", str(problem))
            return self._import_page(request, form=form)
        return self._import_page(request, form=UploadForm(), plan=plan, upload=upload)

    @action(description="As CSV", url_path="export-csv", permissions=["export"])  # type: ignore[untyped-decorator]
    def export_csv(self, request: HttpRequest) -> HttpResponse:
        return self._exported(request, "csv")

    @action(description="As XLSX", url_path="export-xlsx", permissions=["export"])  # type: ignore[untyped-decorator]
    def export_xlsx(self, request: HttpRequest) -> HttpResponse:
        return self._exported(request, "xlsx")

    def _confirmed(self, request: HttpRequest, token: str) -> HttpResponse:
        try:
            plan = uploads.commit(self.resource, token, person(request))
        except uploads.RefusedImportError as refusal:
            self.message_user(request, str(refusal), messages.ERROR)
            return HttpResponseRedirect(request.path)
        said = f"{plan.count('new')} added, {plan.count('update')} changed, {plan.count('skip')} unchanged."
        self.message_user(request, said, messages.SUCCESS)
        self.say_released(request, plan.released)
        return HttpResponseRedirect(reverse(f"admin:mappings_{self.model._meta.model_name}_changelist"))

    def _import_page(self, request: HttpRequest, **context: Any) -> TemplateResponse:
        plan: uploads.Plan | None = context.get("plan")
        if plan is not None:
            rows = [row for row in plan.rows if row.verb != "skip"]
            context |= {
                "counts": [
                    (plan.count("new"), "to add"),
                    (plan.count("update"), "to change"),
                    (plan.count("skip"), "unchanged"),
                ],
                "rows": [(row, _sides(row)) for row in rows[:SHOWN]],
                "more_rows": max(0, len(rows) - SHOWN),
                "errors": plan.errors[:SHOWN],
                "impacts": plan.impacts,
                "more_errors": max(0, len(plan.errors) - SHOWN),
            }
        return self.page(
            request,
            "mappings/import.html",
            title=f"Import {self.model._meta.verbose_name_plural}",
            titles=self.resource.titles(),
            required=self.resource.required_titles(),
            **context,
        )

    def _exported(self, request: HttpRequest, form: str) -> HttpResponse:
        if not self.has_export_permission(request):
            raise PermissionDenied
        content, content_type = uploads.export(self.resource, person(request), form)
        name = f"{str(self.model._meta.verbose_name_plural).replace(' ', '-')}-{timezone.localdate()}.{form}"
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return HttpResponse(content, content_type=content_type, headers=headers)


def _sides(row: uploads.PlannedRow) -> list[tuple[str, str, str]]:
    """(field, before, after) of what the row would change."""
    names = dict.fromkeys([*row.before, *row.after])
    sides = [(name, row.before.get(name, ""), row.after.get(name, "")) for name in names]
    return [side for side in sides if side[1] != side[2]]
