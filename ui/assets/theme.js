// Light, dark or as the system is: kept where Streamlit keeps it (by address of the page), for all pages at once.
const VERSION = 2; // of Streamlit's own entry
const CHOICES = ["System", "Light", "Dark"];

export default function ({ parentElement, data }) {
  const base = window.location.pathname.replace(/\/?[^/]*$/, "");
  const keys = data.pages.map((page) => `stActiveTheme-${base}/${page}-v${VERSION}`);
  const box = parentElement.querySelector(".themes");
  const here = keys.map((key) => window.localStorage.getItem(key)).find(Boolean);
  const chosen = here ? JSON.parse(here) : "System";
  box.replaceChildren(
    ...CHOICES.map((name) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = name;
      button.setAttribute("aria-pressed", String(name === chosen));
      button.onclick = () => {
        for (const key of keys) {
          if (name === "System") window.localStorage.removeItem(key);
          else window.localStorage.setItem(key, JSON.stringify(name));
        }
        window.location.reload();
      };
      return button;
    }),
  );
}
