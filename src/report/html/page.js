"use strict";
// What needs a script. The page is complete without: a click selects a command, and the browser's own search finds text.
for (const command of document.querySelectorAll(".command")) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "copy";
  button.textContent = "Copy";
  button.setAttribute("aria-label", "Copy the command");
  button.addEventListener("click", async () => {
    button.textContent = (await copied(command)) ? "Copied" : "Press Ctrl+C";
    setTimeout(() => { button.textContent = "Copy"; }, 2000);
  });
  command.before(button);
}

// Pages in files, or from servers without TLS, may have no access to the clipboard. Then the command is selected.
async function copied(command) {
  try {
    await navigator.clipboard.writeText(command.textContent);
    return true;
  } catch {
    getSelection().selectAllChildren(command);
    return document.execCommand("copy");
  }
}

const field = document.querySelector("#f-text");
const results = [...document.querySelectorAll(".result")].map((result) => [result, result.textContent.toLowerCase()]);
const none = document.querySelector(".none");

function filter() {
  const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
  for (const [result, text] of results) result.classList.toggle("unlike", !words.every((word) => text.includes(word)));
  none.classList.toggle("shown", results.every(([result]) => !result.checkVisibility()));
}

if (field) {
  field.closest("fieldset").hidden = false;
  field.form.addEventListener("input", filter);
  field.form.addEventListener("submit", (event) => event.preventDefault());
  filter();
}
