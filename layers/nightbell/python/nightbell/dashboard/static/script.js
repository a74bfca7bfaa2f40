// Comfort for browsers with script: pages are read, and forms sent, without it.
"use strict";
(() => {
  const root = document.documentElement;
  const isWall = root.classList.contains("wall");
  const main = document.getElementById("main");
  const told = document.getElementById("told"); // what screen readers say at once
  const base = document.body.dataset.base;
  const $ = (selector, within = document) => within.querySelector(selector);
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];

  // Times, in the words of the server (nightbell/dashboard/words.py), by the server's clock once that is known.
  const UNITS = [[86400, "d"], [3600, "h"], [60, "min"], [1, "s"]];
  let ahead = 0;
  const now = () => new Date(Date.now() + ahead);
  const two = (number) => String(number).padStart(2, "0");
  const clock = (at) => `${two(at.getHours())}:${two(at.getMinutes())}`;

  function largestUnit(seconds) {
    const [size, unit] = UNITS.find(([size]) => seconds >= size);
    return `${Math.floor(seconds / size)} ${unit}`;
  }

  function relative(at) {
    const seconds = (at - now()) / 1000;
    if (Math.abs(seconds) < 5) return "now";
    const length = largestUnit(Math.abs(seconds));
    return seconds > 0 ? `in ${length}` : `${length} ago`;
  }

  const lasting = (since) => largestUnit(Math.max((now() - since) / 1000, 1));

  function moment(at, seconds) {
    const time = clock(at) + (seconds ? `:${two(at.getSeconds())}` : "");
    const today = now();
    if (at.toDateString() === today.toDateString()) return time;
    const day = `${at.getDate()} ${at.toLocaleString("en", { month: "short" })}`;
    return at.getFullYear() === today.getFullYear() ? `${day} ${time}` : `${day} ${at.getFullYear()} ${time}`;
  }

  function write(element, text) {
    if (element.textContent !== text) element.textContent = text;
  }

  function tell(within) {
    for (const time of all("time[data-relative]", within)) write(time, relative(new Date(time.dateTime)));
    for (const time of all("time[data-lasting]", within)) write(time, lasting(new Date(time.dateTime)));
    for (const time of all("time[data-clock]", within)) write(time, clock(now()));
  }

  function tellMoments(within) {
    for (const time of all("time[data-minutes], time[data-seconds]", within))
      write(time, moment(new Date(time.dateTime), "seconds" in time.dataset));
  }

  let minute;
  function tick() {
    if (document.hidden) return;
    tell(document);
    if (minute === (minute = now().getMinutes())) return;
    tellMoments(document); // midnight makes "09:14" another day's
  }

  // The server writes times in this zone from the next page on.
  const zone = `tz=${encodeURIComponent(Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC")}`;
  const cookies = document.cookie.split("; ");
  const hasMoved = !cookies.includes(zone) && cookies.some((cookie) => cookie.startsWith("tz="));
  if (!cookies.includes(zone))
    document.cookie = `${zone}; Path=${base}/; Max-Age=31536000; SameSite=Strict${location.protocol === "https:" ? "; Secure" : ""}`;

  // What only script can do is there only with it. The same is done to a page that was fetched, so that the two compare.
  function dress(within) {
    for (const element of all("[data-script]", within)) element.hidden = false;
    for (const figure of all(".snippet", within)) {
      const button = figure.ownerDocument.createElement("button");
      Object.assign(button, { type: "button", className: "copy", textContent: "Copy" });
      figure.append(button);
    }
    tell(within);
    tellMoments(within);
  }

  // A name as people see it (as `Form.confirms`): nobody types what is invisible.
  const legible = (name) => name.normalize("NFC").replace(/\p{Cf}/gu, "").trim().split(/\s+/u).join(" ");

  // What depends on what a person chose or typed.
  function settle() {
    for (const form of all("form[data-bulk]")) {
      const picks = all(".pick", form);
      const chosen = picks.filter((pick) => pick.checked).length;
      const box = $(".pick-all", form);
      if (box) {
        box.checked = chosen > 0 && chosen === picks.length;
        box.indeterminate = chosen > 0 && chosen < picks.length;
      }
      for (const element of all("[data-with-chosen]", form)) element.hidden = !chosen;
      for (const element of all("[data-count]", form)) write(element, `${chosen} selected`);
    }
    for (const form of all("form[data-typed]"))
      for (const button of all("button", form)) button.disabled = legible(form.elements.confirm.value) !== legible(form.dataset.typed);
  }

  // Live: the same page again, and what differs in it, without a touch to what a person is at.
  function morph(old, next) {
    if (old.isEqualNode(next)) return;
    if (old.nodeType !== Node.ELEMENT_NODE) {
      old.data = next.data;
      return;
    }
    if ("keep" in old.dataset || (old === document.activeElement && old.matches("input, select, textarea"))) return;
    for (const { name } of [...old.attributes]) if (name !== "open" && !next.hasAttribute(name)) old.removeAttribute(name);
    for (const { name, value } of next.attributes) if (name !== "open" && old.getAttribute(name) !== value) old.setAttribute(name, value);

    const stay = new Set([...next.children].map((child) => child.id));
    const known = new Map();
    for (const child of [...old.children]) {
      if (!child.id) continue;
      if (stay.has(child.id)) known.set(child.id, child);
      else child.remove();
    }
    let place = old.firstChild;
    for (const wanted of [...next.childNodes]) {
      let found = wanted.id && known.get(wanted.id);
      if (!wanted.id && place && !place.id && place.nodeName === wanted.nodeName) found = place;
      if (found && found.nodeName === wanted.nodeName) {
        if (found === place) place = place.nextSibling;
        else (old.moveBefore || old.insertBefore).call(old, found, place);
        morph(found, wanted);
      } else {
        old.insertBefore(document.adoptNode(wanted), place);
      }
    }
    while (place) {
      const gone = place;
      place = place.nextSibling;
      gone.remove();
    }
  }

  function show(text) {
    const page = new DOMParser().parseFromString(text, "text/html");
    const next = page.getElementById("main");
    const assets = (from) => all("script[src], link[rel=stylesheet]", from).map((one) => one.getAttribute("src") || one.getAttribute("href")).join();
    if (!next || (isWall && assets(page) !== assets(document))) {
      location.reload();
      return;
    }
    dress(next);
    const focused = document.activeElement;
    morph(main, next);
    if (focused !== document.activeElement && focused.isConnected) focused.focus({ preventScroll: true });
    settle();
    if (document.title !== page.title) document.title = told.textContent = page.title;
    const icon = $("link[rel=icon]");
    const href = $("link[rel=icon]", page).getAttribute("href");
    if (icon.getAttribute("href") !== href) icon.setAttribute("href", href);
  }

  const LONGEST_WAIT = 60_000;
  const lost = document.getElementById("lost");
  let tag = main.dataset.tag || ""; // of what is shown
  let seen = new Date();
  let failures = 0;
  let timer;
  let busy = false;

  async function ask() {
    const answer = await fetch(location.href, {
      cache: tag ? "no-store" : "no-cache",
      headers: tag ? { "If-None-Match": tag } : {},
      redirect: "manual",
      signal: AbortSignal.timeout(20_000),
    });
    // Signed out, or the thing is no more: the server says where to go. Nobody would call a wall back from a page of errors.
    const isGone = answer.status >= 400 && answer.status < 500 && answer.status !== 429 && !isWall;
    if (answer.type === "opaqueredirect" || isGone) return location.reload();
    if (!answer.ok && answer.status !== 304) throw new Error(answer.status);
    const date = Date.parse(answer.headers.get("Date"));
    if (date) ahead = Math.abs(date - Date.now()) > 5000 ? date - Date.now() : 0;
    if (answer.status !== 304) {
      const text = await answer.text();
      show(text);
      tag = answer.headers.get("ETag") || "";
    }
  }

  const isSelecting = () => {
    const selection = getSelection();
    return selection.type === "Range" && main.contains(selection.anchorNode) && new Date() - seen < LONGEST_WAIT;
  };

  async function turn() {
    clearTimeout(timer);
    const every = Number(main.dataset.live) * 1000;
    if (!every || document.hidden || busy) return;
    busy = true;
    try {
      if (!isSelecting()) {
        await ask();
        seen = new Date();
        failures = 0;
      }
    } catch {
      failures += 1;
    }
    busy = false;
    lost.hidden = failures < 2;
    write(lost, failures < 2 ? "" : `No connection since ${moment(seen)}. What is shown may be old.`);
    timer = setTimeout(turn, Math.min(every * 2 ** failures, Math.max(every, LONGEST_WAIT)) * (0.9 + Math.random() / 5));
  }

  function wake() {
    tick();
    if (document.hidden) return;
    if (isWall) navigator.wakeLock?.request("screen").catch(() => {});
    clearTimeout(timer);
    timer = setTimeout(turn, Math.max(0, Number(main.dataset.live) * 1000 - (new Date() - seen)));
  }

  // A form that shows what it would do: its answer's element of that id takes the place of ours.
  let latest;
  function preview(form) {
    clearTimeout(latest);
    const mine = (latest = setTimeout(async () => {
      const fields = new URLSearchParams(new FormData(form));
      fields.set("action", "preview");
      const target = form.getAttribute("action") || location.href; // form.action may be a button of that name
      const answer = await fetch(target, { method: "POST", body: fields, redirect: "error" }).catch(() => null);
      const text = answer && answer.status < 500 ? await answer.text() : "";
      const next = new DOMParser().parseFromString(text, "text/html").getElementById(form.dataset.preview);
      if (!next || mine !== latest) return;
      dress(next);
      morph(document.getElementById(form.dataset.preview), next);
    }, 400));
  }

  // Keyboard. Single letters can be switched off, for those whose voice or hand types them by accident.
  const keys = document.getElementById("keys");
  const keysOn = document.getElementById("keys-on");
  if (keysOn) keysOn.checked = localStorage.getItem("keys") !== "off";

  function step(by) {
    const links = all("a.open", main).filter((link) => link.offsetParent);
    const at = links.findIndex((link) => rowOf(link).contains(document.activeElement));
    links[Math.min(links.length - 1, Math.max(0, at + by))]?.focus();
  }

  const rowOf = (element) => element.closest("tr, li") || element;

  document.addEventListener("keydown", (event) => {
    const field = event.target.closest("input:not([type=checkbox], [type=radio]), select, textarea");
    if (event.key === "Escape") {
      const menu = $(".switch[open]");
      if (field) field.blur();
      else if (menu) {
        menu.open = false;
        $("summary", menu).focus();
      }
      return;
    }
    if (field || event.ctrlKey || event.metaKey || event.altKey || !keysOn?.checked || keys.open) return;
    const search = $("input[type=search]");
    if (event.key === "/" && search) search.select();
    else if (event.key === "?") keys.showModal();
    else if (event.key === "j") step(1);
    else if (event.key === "k") step(-1);
    else if (event.key === "x") document.activeElement.closest("tr, li")?.querySelector(".pick")?.click();
    else return;
    event.preventDefault();
  });

  async function copy(button) {
    const text = $("code", button.parentElement);
    try {
      await navigator.clipboard.writeText(text.textContent);
      button.textContent = told.textContent = "Copied";
      setTimeout(() => { button.textContent = "Copy"; told.textContent = ""; }, 2000);
    } catch {
      getSelection().selectAllChildren(text); // no leave to write the clipboard: Ctrl-C does
    }
  }

  document.addEventListener("click", (event) => {
    const target = event.target;
    const opener = target.closest("[data-opens]");
    if (opener) {
      event.preventDefault();
      document.getElementById(opener.dataset.opens).showModal();
    }
    if (target.matches("dialog")) target.close(); // beside it
    if (target.matches(".copy")) copy(target);
    if (target.closest("[data-fullscreen]")) root.requestFullscreen().catch(() => {});
    for (const menu of all(".switch[open]")) if (!menu.contains(target)) menu.open = false;
  });

  document.addEventListener("input", (event) => {
    const { target } = event;
    if (target === keysOn) localStorage.setItem("keys", keysOn.checked ? "on" : "off");
    if (target.matches(".pick-all")) for (const pick of all(".pick", target.form)) pick.checked = target.checked;
    if (target.form?.dataset.preview) preview(target.form);
    settle();
  });

  // A button pressed twice sends its form once: the answer to the second would hide what the first was told, such as new keys.
  const PATIENCE = 30_000;
  let sent = {};
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.getAttribute("method") !== "post") return;
    if (sent.form === form && Date.now() - sent.at < PATIENCE) event.preventDefault();
    else sent = { form, at: Date.now() };
  });

  // Told once; a page that is loaded anew, or kept as a bookmark, says it no more.
  const address = new URL(location);
  if (address.searchParams.has("said")) {
    address.searchParams.delete("said");
    history.replaceState(history.state, "", address);
  }

  // Who follows a link in a mail comes without the session; a page of ours that sends them on takes it along. Tried once.
  const again = $("a[data-again]")?.href;
  if (again && sessionStorage.getItem("again") !== again) {
    sessionStorage.setItem("again", again);
    location.replace(again);
  }

  dress(document);
  settle();
  tick();
  setInterval(tick, 1000);
  wake();
  if (hasMoved) {
    // The server has named another zone than the one that times are told in now.
    turn();
    all("form[data-preview]").forEach(preview);
  }
  document.addEventListener("visibilitychange", wake);
  addEventListener("online", turn);
  addEventListener("pageshow", (event) => {
    sent = {}; // who comes back may send it again
    if (event.persisted) wake();
    settle();
  });
})();
