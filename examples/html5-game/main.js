// @ts-check
/** The screens, the buttons and the clock: what ties rules, picture and analytics together. */
import { connect, createAnalytics } from "./analytics.js";
import { comeBack, letGo, startLevel, step } from "./game.js";
import { watch } from "./panel.js";
import { load, store } from "./save.js";
import { createScene } from "./scene.js";

const SHIELD_PRICE = 8;
const COIN_PACK = 50;
const STEP_SECONDS = 1 / 120;
/** A page that was hidden does not make up for it. */
const LONGEST_FRAME_SECONDS = 0.1;
const GOLD = 48;
const ICE = 200;
const EMBER = 10;

/** @param {string} selector */
const find = (selector) => /** @type {HTMLElement} */ (document.querySelector(selector));

const save = load();
const client = connect(save);
const analytics = createAnalytics(client);
if (client) watch(client, { list: find("#events"), summary: find("#summary") });

const scene = createScene(/** @type {HTMLCanvasElement} */ (find("#sky")));
/** The flight on the screen; a browser's console may look at it, and so may a test. */
export let flight = startLevel(save.level, save.hasShield);
let isPlaying = false;
let isOver = false;
let hasSeenAd = false;
let frames = { count: 0, seconds: 0 };

// What players do

/** @type {Record<string, () => void>} */
const ACTIONS = {
  play() {
    save.attempt++;
    hasSeenAd = false;
    isOver = false;
    frames = { count: 0, seconds: 0 };
    flight = startLevel(save.level, save.hasShield);
    scene.reset();
    analytics.levelStarted(save.level, save.attempt);
    resume();
  },
  "watch-ad"() {
    analytics.ad("shown");
    show("ad");
  },
  claim() {
    analytics.ad("rewarded");
    hasSeenAd = true;
    comeBack(flight);
    resume();
  },
  "give-up": () => fail(),
  "buy-shield"() {
    if (save.hasShield || save.coins < SHIELD_PRICE) return;
    save.coins -= SHIELD_PRICE;
    save.hasShield = true;
    analytics.shieldBought(SHIELD_PRICE);
    refresh();
  },
  "buy-coins"() {
    save.coins += COIN_PACK;
    analytics.coinsBought(COIN_PACK);
    refresh();
  },
  "sign-in"() {
    save.account = `account-${Math.random().toString(36).slice(2, 10)}`;
    analytics.signedIn(save.account);
    refresh();
  },
  leave() {
    analytics.left();
    show("bye");
  },
};

document.addEventListener("click", ({ target }) => {
  const button = target instanceof Element ? target.closest("button") : null;
  ACTIONS[button?.dataset.do ?? ""]?.();
});
find("#stage").addEventListener("pointerdown", release);
document.addEventListener("keydown", (event) => {
  if (!isPlaying || event.repeat || !["Space", "Enter", "ArrowUp"].includes(event.code)) return;
  event.preventDefault();
  release();
});
find("#consent").addEventListener("change", ({ target }) => {
  const isGranted = /** @type {HTMLInputElement} */ (target).checked;
  save.consent = isGranted ? "granted" : "denied";
  analytics.consented(isGranted);
  refresh();
});

function release() {
  if (isPlaying && letGo(flight)) scene.burst(flight.comet, ICE, 6);
}

// What becomes of it

/** @param {import("./game.js").Happening} happening */
function onHappening(happening) {
  switch (happening) {
    case "coin":
      scene.burst(flight.comet, GOLD, 8);
      break;
    case "caught":
      scene.burst(flight.comet, ICE, 14);
      break;
    case "saved":
      save.hasShield = false;
      scene.burst(flight.comet, 150, 30);
      break;
    case "lost":
      scene.burst(flight.comet, EMBER, 40);
      if (hasSeenAd) fail();
      else show("lost");
      break;
    case "won":
      scene.burst(flight.comet, GOLD, 60);
      complete();
      break;
  }
}

function complete() {
  finish("complete");
  find('[data-show="done"]').textContent = `${save.level}`;
  save.best = Math.max(save.best, flight.score);
  save.level++;
  save.attempt = 0;
  show("complete");
}

function fail() {
  finish("fail");
  show("failed");
}

/** @param {"complete" | "fail"} status */
function finish(status) {
  const { level, attempt } = save;
  const fps = Math.round(frames.count / Math.max(frames.seconds, STEP_SECONDS));
  save.coins += flight.collected;
  isOver = true;
  analytics.levelEnded(status, { level, attempt, score: flight.score, coins: flight.collected, fps });
}

// What is seen

/** @param {string} screen */
function show(screen) {
  isPlaying = false;
  find("#menu").hidden = false;
  for (const section of document.querySelectorAll("[data-screen]")) {
    if (section instanceof HTMLElement) section.hidden = section.dataset.screen !== screen;
  }
  refresh();
  find(`[data-screen="${screen}"] button`).focus();
}

function resume() {
  isPlaying = true;
  find("#menu").hidden = true;
}

function refresh() {
  store(save);
  const values = { level: save.level, best: save.best, score: flight.score, collected: flight.collected };
  for (const [name, value] of Object.entries(values)) {
    for (const place of document.querySelectorAll(`[data-show="${name}"]`)) place.textContent = `${value}`;
  }
  const shield = /** @type {HTMLButtonElement} */ (find('[data-do="buy-shield"]'));
  shield.disabled = save.hasShield || save.coins < SHIELD_PRICE;
  find("#account").textContent = save.account ?? "Guest";
  find('[data-do="sign-in"]').hidden = save.account !== undefined;
  /** @type {HTMLInputElement} */ (find("#consent")).checked = save.consent === "granted";
  refreshHud();
}

function refreshHud() {
  find("#level").textContent = `${flight.level}`;
  find("#score").textContent = `${flight.score}`;
  find("#combo").textContent = `×${flight.combo}`;
  find("#coins").textContent = `${save.coins + (isOver ? 0 : flight.collected)}`;
}

// The clock

let last = performance.now();
let behind = 0;

/** @param {number} now */
function frame(now) {
  const seconds = Math.min(LONGEST_FRAME_SECONDS, Math.max(0, (now - last) / 1_000));
  last = now;
  if (isPlaying) {
    frames.count++;
    frames.seconds += seconds;
    behind += seconds;
    for (; behind >= STEP_SECONDS && isPlaying; behind -= STEP_SECONDS)
      for (const happening of step(flight, STEP_SECONDS)) onHappening(happening);
    refreshHud();
  } else if (!flight.isFree) {
    step(flight, Math.min(seconds, STEP_SECONDS)); // it circles on behind the menu
  }
  scene.draw(flight, seconds);
  requestAnimationFrame(frame);
}

/** @type {HTMLDetailsElement} */ (find("#panel")).open = matchMedia("(min-width: 900px)").matches;
show("start");
requestAnimationFrame(frame);
