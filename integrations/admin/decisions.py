"""Who decided what, bound to exactly what they saw (E11), and what still waits for somebody."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import DropdownFilter

from integrations import visibility
from integrations.admin import waiting
from integrations.admin.base import ReadOnlyAdmin, person
from integrations.engine import decisions, removals
from integrations.engine.decision_kinds import REMOVALS, kind_of
from integrations.models import Decision, FourEyesError
from integrations.models.decision import DecisionQuerySet
from integrations.visibility import Viewer
from integrations.words import BAD, BUSY, CALM, GOOD, age, at, money, pill


class AnswerFilter(DropdownFilter):  # type: ignore[misc]  # unfold ships no types
    title = "answer"
    parameter_name = "answer"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            ("open", "open"), ("yes", "yes"), ("no", "no"), ("lapsed", "lapsed"),
            ("unreviewed", "taken out of sight, not reviewed"),
        ]  # fmt: skip

    def queryset(self, request: HttpRequest, queryset: DecisionQuerySet) -> DecisionQuerySet:
        if self.value() == "open":
            return queryset.pending()
        if self.value() == "unreviewed":
            return queryset.unreviewed()
        chosen: dict[str, dict[str, Any]] = {
            "yes": {"approved": True, "lapsed_at": None},
            "no": {"approved": False, "lapsed_at": None},
            "lapsed": {"lapsed_at__isnull": False},
        }
        return queryset.filter(**chosen.get(self.value() or "", {}))


class KindFilter(DropdownFilter):  # type: ignore[misc]
    title = "what for"
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        kinds = Decision.objects.order_by("kind").values_list("kind", flat=True).distinct()
        return [(kind, kind_of(kind).label) for kind in kinds]

    def queryset(self, request: HttpRequest, queryset: DecisionQuerySet) -> DecisionQuerySet:
        return queryset.filter(kind=self.value()) if self.value() else queryset


@admin.register(Decision)
class DecisionAdmin(ReadOnlyAdmin):
    """Nothing is edited: a decision is taken once, and lapses."""

    list_display = ("what", "subject", "amount_shown", "answer", "asked", "decided_by", "when", "reason")
    list_filter = (AnswerFilter, KindFilter)
    list_select_related = ("decided_by", "asked_by")
    actions = ("review_chosen",)

    def visible(self, rows: QuerySet[Decision], user: Viewer) -> QuerySet[Decision]:
        return visibility.decisions(rows, user)

    @admin.display(description="what for")
    def what(self, decision: Decision) -> str:
        return kind_of(decision.kind).label

    @admin.display(description="asked by")
    def asked(self, decision: Decision) -> str:
        return str(decision.asked_by or "Counterfoil")

    @admin.display(description="decided")
    def when(self, decision: Decision) -> str:
        return at(decision.decided_at)

    @admin.display(description="amount")
    def amount_shown(self, decision: Decision) -> SafeString | str:
        return money(decision.amount, decision.currency) if decision.amount is not None else "-"

    @admin.display(description="subject")
    def subject(self, decision: Decision) -> SafeString | str:
        """What it is about, with the way there."""
        address = waiting.page_of(decision)
        if not address:
            return decision.label or decision.subject_kind.replace("-", " ")
        return format_html('<a class="cf-link" href="{}">{}</a>', address, decision)

    @admin.display(description="answer")
    def answer(self, decision: Decision) -> SafeString:
        if decision.lapsed_at:
            return pill("lapsed", CALM)
        if decision.approved is None:
            return pill("open", BUSY)
        return pill("yes", GOOD) if decision.approved else pill("no", BAD)

    @admin.action(permissions=["review"], description="Mark as reviewed")
    def review_chosen(self, request: HttpRequest, chosen: QuerySet[Decision]) -> None:
        rows = list(chosen)
        taken = removals.review(rows, person(request))
        messages.info(request, f"{taken} reviewed, {len(rows) - taken} left: decided by you, reviewed, or no removal.")

    def has_review_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(removals.REVIEW)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        own = [
            path("waiting/", view(self.waiting_view), name="integrations_decision_waiting"),
            path("<int:pk>/decide/", view(self.decide_view), name="integrations_decision_decide"),
        ]
        return [*own, *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        decision = self._decision(request, object_id)
        return self.page(
            request,
            "integrations/decision.html",
            title=str(decision),
            decision=decision,
            kind=kind_of(decision.kind),
            answer=self.answer(decision),
            address=waiting.page_of(decision),
            choice=waiting.in_words(decision),
            why_not=decisions.why_not(person(request), decision) if decision.is_pending else "",
            may_take_back=decision.is_pending and decision.asked_by_id == person(request).pk,
            others=decisions.others_who_could(decision) if decision.is_pending else (),
            age=age(decision.asked_at),
            may_review=self._may_review(request, decision),
        )

    def waiting_view(self, request: HttpRequest) -> HttpResponse:
        """Everything that waits for somebody's yes or no; several are decided at once, each by its own rule."""
        if not request.user.has_perm("integrations.view_decision"):
            raise PermissionDenied
        if request.method == "POST":
            return self._decide_many(request)
        shown = waiting.listed(person(request))
        return self.page(request, "integrations/waiting.html", title="Waiting for a decision", **shown)

    def decide_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Approve, refuse, take back or mark as reviewed, from the decision's own page."""
        decision, by = self._decision(request, str(pk)), person(request)
        back = HttpResponseRedirect(reverse("admin:integrations_decision_change", args=[pk]))
        asked = request.POST.get("answer", "")
        if request.method != "POST" or asked not in ("yes", "no", "review"):
            return back
        if asked == "review":
            if not removals.review([decision], by):
                messages.warning(request, "Nobody reviews what they decided or asked for themselves.")
            return back
        try:
            said = decisions.decide(decision, by, asked == "yes", request.POST.get("reason", ""))
        except FourEyesError as refusal:
            said = str(refusal.messages[0])
        messages.info(request, f"{decision}: {said}")
        return back

    def _decide_many(self, request: HttpRequest) -> HttpResponse:
        approve, reason = request.POST.get("answer") == "yes", request.POST.get("reason", "").strip()
        chosen = request.POST.getlist("chosen")
        back = reverse("admin:integrations_decision_waiting")
        if not chosen or not reason:
            messages.error(request, "Choose what to decide and give a reason; it stays on record.")
            return HttpResponseRedirect(back)
        result = waiting.decide(person(request), chosen, approve, reason)
        title = "Approve: what happened" if approve else "Refuse: what happened"
        return self.page(request, "integrations/decided.html", title=title, result=result, back=back)

    def _may_review(self, request: HttpRequest, decision: Decision) -> bool:
        waits = decision.kind in REMOVALS and decision.approved and decision.reviewed_at is None
        return bool(waits and decision.lapsed_at is None and self.has_review_permission(request))

    def _decision(self, request: HttpRequest, pk: str) -> Decision:
        if not request.user.has_perm("integrations.view_decision"):
            raise PermissionDenied
        rows = self.get_queryset(request).select_related("asked_by", "decided_by", "reviewed_by", "integration")
        found: Decision | None = rows.filter(pk=pk).first() if pk.isdecimal() else None
        if found is None:
            raise Http404
        return found
