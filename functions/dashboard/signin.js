// The dialog to sign in: of the pages, and of the page to sign in.
window.prewarmSignIn = (() => {
  "use strict";

  // send posts what was typed and returns the session. A token goes into a header as well: the
  // server knows the caller before the body has arrived, and keeps a place for it.
  const send = async (given) => {
    const headers = { "Content-Type": "application/json", Accept: "application/json" };
    if (given.token) headers.Authorization = "Bearer " + given.token;
    const answer = await fetch("?api=session", { method: "POST", headers, body: JSON.stringify(given) });
    const said = await answer.json().catch(() => ({}));
    if (!answer.ok) throw new Error(said.error || "the server answered " + answer.status);
    return said;
  };

  const add = (parent, tag, props, text = "") => {
    const node = Object.assign(document.createElement(tag), props);
    node.textContent = text;
    parent.append(node);
    return node;
  };

  const form = (dialog, title, fields, done) => {
    const node = add(dialog, "form", { method: "dialog" });
    add(node, "strong", {}, title);
    for (const [name, label, type, autocomplete] of fields) {
      const id = "sign-in-" + name;
      add(node, "label", { htmlFor: id }, label);
      add(node, "input", { id, name, type, required: true, autocomplete });
    }
    add(node, "button", { className: "primary" }, "Sign in");
    const refusal = add(node, "p", { className: "bad" });
    refusal.setAttribute("role", "alert");
    node.addEventListener("submit", async (event) => {
      event.preventDefault();
      try {
        const session = await send(Object.fromEntries(new FormData(node)));
        dialog.close();
        done(session);
      } catch (error) {
        refusal.textContent = error.message;
      }
    });
  };

  // open shows the dialog with a form for each way to sign in, and calls done with the session.
  const open = (title, ways, done) => {
    const dialog = document.createElement("dialog");
    dialog.setAttribute("aria-labelledby", "sign-in-title");
    add(dialog, "h2", { id: "sign-in-title" }, title);
    if (ways.includes("gateway")) {
      form(dialog, "With the user and password of the gateway",
        [["user", "User", "text", "username"], ["password", "Password", "password", "current-password"]], done);
    }
    if (ways.includes("token")) form(dialog, "With the token of the dashboard", [["token", "Token", "password", "off"]], done);
    add(dialog, "button", { type: "button", onclick: () => dialog.close() }, "Cancel");
    dialog.addEventListener("close", () => dialog.remove());
    document.body.append(dialog);
    dialog.showModal();
  };

  if (document.body.dataset.page === "sign-in") {
    const button = document.getElementById("sign-in");
    const again = "prewarm-again";
    fetch("?api=session").then((answer) => answer.json()).then((session) => {
      // A link of another site brings no cookie of a session; loading the page again does.
      if (session.signed_in && !sessionStorage.getItem(again)) {
        sessionStorage.setItem(again, "1");
        location.reload();
        return;
      }
      sessionStorage.removeItem(again);
      const show = () => open("Sign in", session.ways, () => location.reload());
      button.addEventListener("click", show);
      button.hidden = false;
      show();
    });
  }
  return { open };
})();
