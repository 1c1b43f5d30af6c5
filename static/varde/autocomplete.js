/* Names for what select2 leaves without one: the closed field and the box to type in. */
"use strict";
window.django.jQuery(($) => {
  const labelOf = (select) => document.querySelector(`label[for="${select.id}"]`);
  const nameOf = (label) => label.textContent.replace(/:\s*$/, "");
  document.querySelectorAll("select.admin-autocomplete").forEach((select) => {
    const label = labelOf(select);
    const field = select.parentElement.querySelector(".select2-selection");
    if (!label || !field) return;
    label.id = label.id || `${select.id}_label`;
    field.setAttribute("aria-labelledby", `${label.id} ${field.getAttribute("aria-labelledby") || ""}`.trim());
    field.querySelector(".select2-selection__rendered")?.setAttribute("aria-labelledby", label.id);
    // Where several can be chosen, the box to type in stands in the closed field.
    field.querySelector(".select2-search__field")?.setAttribute("aria-label", nameOf(label));
  });
  $(document).on("select2:open", (event) => {
    const label = labelOf(event.target);
    if (!label) return;
    const name = nameOf(label);
    const open = document.querySelector(".select2-container--open .select2-dropdown");
    open?.querySelectorAll(".select2-search__field, .select2-results__options").forEach((part) => {
      part.setAttribute("aria-label", name);
    });
    const found = open?.querySelector(".select2-results__options");
    const field = event.target.parentElement.querySelector(".select2-selection");
    if (found && field) field.setAttribute("aria-controls", found.id);
    open?.querySelector(".select2-search__field")?.focus();
  });
});
