// The theme, before anything is painted: what the person chose, else what the system says. Not a module, which would run later.
"use strict";
(() => {
    const key = "sessiond-page:theme";
    const system = matchMedia("(prefers-color-scheme: dark)");
    const chosen = () => {
        try {
            return localStorage.getItem(key);
        } catch {
            return null; // storage may be forbidden
        }
    };
    const isDark = () => (chosen() ?? (system.matches ? "dark" : "light")) === "dark";
    const show = () => {
        document.documentElement.dataset.theme = isDark() ? "dark" : "light";
        document.getElementById("theme")?.setAttribute("aria-pressed", String(isDark()));
    };

    show();
    system.addEventListener("change", show);
    addEventListener("storage", show);
    document.addEventListener("DOMContentLoaded", () => {
        show();
        document.getElementById("theme")?.addEventListener("click", () => {
            const next = isDark() ? "light" : "dark";
            try {
                // What the system says needs no remembering, and is followed again.
                if ((next === "dark") === system.matches) localStorage.removeItem(key);
                else localStorage.setItem(key, next);
            } catch {
                // as above: then it is the system's
            }
            show();
        });
    });
})();
