// Pieces of a page that come or change without a reload. Nothing inline: the policy of every page forbids it.
"use strict";

(() => {
  const PAUSE = 2000;
  const LONGEST = 30 * 60 * 1000;

  async function fetched(address) {
    const answer = await fetch(address, { credentials: "same-origin", redirect: "error" });
    if (!answer.ok) throw new Error(String(answer.status));
    return { text: await answer.text(), done: answer.headers.get("X-Done") !== "no" };
  }

  // data-poll: asked again until the answer says that it is done, or nobody answers.
  async function poll(place, until) {
    try {
      const { text, done } = await fetched(place.dataset.poll);
      place.innerHTML = text;
      if (!done && Date.now() < until) setTimeout(() => poll(place, until), PAUSE);
    } catch {
      place.dataset.stopped = "yes";
    }
  }

  // data-load: fetched once; the link inside stays where it fails.
  async function load(place) {
    try {
      place.innerHTML = (await fetched(place.dataset.load)).text;
    } catch {
      place.dataset.stopped = "yes";
    }
  }

  // unfold opens the filters by a link without an address, which the tab key passes by.
  function reachable(link) {
    link.tabIndex = 0;
    link.setAttribute("role", "button");
    link.addEventListener("keydown", (pressed) => {
      if (pressed.key !== "Enter" && pressed.key !== " ") return;
      pressed.preventDefault();
      link.click();
    });
  }

  document.addEventListener("DOMContentLoaded", () => {
    document.querySelectorAll("#changelist a:not([href])").forEach(reachable);
    document.querySelectorAll("[data-poll]").forEach((place) => poll(place, Date.now() + LONGEST));
    document.querySelectorAll("[data-load]").forEach(load);
  });
})();
