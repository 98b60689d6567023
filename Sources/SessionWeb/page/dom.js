/**
 * Elements made by hand. Text goes in as text nodes only: nothing that a person, a server or another device has written is
 * ever read as markup.
 */
import { sentence } from "./words.js";

/**
 * The page's own element with that id.
 * @template {HTMLElement} [T=HTMLElement]
 * @param {string} id
 * @param {new () => T} [type]
 * @returns {T}
 */
export function byId(id, type = /** @type {any} */ (HTMLElement)) {
    const found = document.getElementById(id);
    if (!(found instanceof type)) throw new Error(`index.html has no such #${id}`);
    return found;
}

/**
 * @param {string} tag
 * @param {Record<string, string | boolean | null | undefined>} [attributes] false, null and undefined: without
 * @param {...(Node | string)} children
 * @returns {HTMLElement}
 */
export function element(tag, attributes = {}, ...children) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) setAttribute(made, name, value);
    made.append(...children);
    return made;
}

/** @param {Element} target @param {string} name @param {string | boolean | null | undefined} value */
export function setAttribute(target, name, value) {
    if (value === false || value === null || value === undefined) target.removeAttribute(name);
    else if (target.getAttribute(name) !== String(value === true ? "" : value)) target.setAttribute(name, value === true ? "" : value);
}

/**
 * Only where it differs: what a person has selected stays so, and a screen reader isn't told again.
 * @param {Element} target
 * @param {string} text
 */
export function setText(target, text) {
    if (target.textContent !== text) target.textContent = text;
}

/**
 * Says why something that a person has asked for did not work; "" when it did.
 * @param {string} text
 */
export function complain(text) {
    setText(byId("action-error"), text);
}

/** To the message's field, or to what is there in its place. */
export function focusChat() {
    byId(byId("composer").hidden ? "ended" : "text").focus();
}

/**
 * Hides or shows what a person may just have pressed: then the keyboard's focus goes on.
 * @param {HTMLElement} target
 * @param {boolean} isHidden
 * @param {() => void} goOn where it goes
 */
export function setHidden(target, isHidden, goOn = focusChat) {
    const hadFocus = target === document.activeElement;
    target.hidden = isHidden;
    if (isHidden && hadFocus) goOn();
}

/**
 * A button that does something.
 * @param {string} text
 * @param {() => unknown} press
 * @param {string} [kind] of theme.css
 */
export function button(text, press, kind = "quiet small") {
    const made = element("button", { type: "button", class: kind }, text);
    made.addEventListener("click", async () => {
        try {
            await press();
        } catch (error) {
            complain(sentence(error));
        }
    });
    return made;
}

/** @type {WeakMap<Element, Map<unknown, {node: HTMLElement, item: unknown}>>} */
const lists = new WeakMap();

/**
 * Makes the children of an element like the items, keeping those that are there: their focus, selection and scroll position
 * stay. An item that is the same object as before is not looked at.
 * @template Item
 * @param {HTMLElement} parent
 * @param {readonly Item[]} items
 * @param {{key: (item: Item) => unknown, create: (item: Item) => HTMLElement, update?: (node: HTMLElement, item: Item) => void}} how
 */
export function showList(parent, items, { key, create, update }) {
    const before = lists.get(parent) ?? new Map();
    const after = new Map();
    const focused = document.activeElement;
    let place = parent.firstElementChild;
    for (const item of items) {
        const id = key(item);
        const known = before.get(id);
        const node = known?.node ?? create(item);
        if (known?.item !== item) update?.(node, item);
        after.set(id, { node, item });
        if (node === place) place = node.nextElementSibling;
        else parent.insertBefore(node, place);
    }
    for (const [id, { node }] of before) if (!after.has(id)) node.remove();
    lists.set(parent, after);
    // An element that is moved loses the focus.
    if (focused instanceof HTMLElement && focused !== document.activeElement && parent.contains(focused)) focused.focus({ preventScroll: true });
}
