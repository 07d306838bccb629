// @ts-check
/**
 * The rules, as plain data and plain functions: they know neither the screen nor who watches. A comet circles a star; let go, it
 * flies straight on, until another star catches it or it is lost. Lengths are in units of a world 360 wide, times in seconds.
 */

export const WORLD = { width: 360, height: 640 };
/** How near a coin is taken. */
const COIN_REACH = 20;
/** How far beside the world, and above or below its stars, a comet is lost. */
const MARGIN = 60;
/** Whoever lets go within one turn keeps the combo. */
const FULL_TURN = 2 * Math.PI;
const MAX_COMBO = 5;

/**
 * @typedef {{ x: number, y: number }} Point
 * @typedef {Point & { radius: number }} Star
 * @typedef {Point & { taken: boolean }} Coin
 * @typedef {"caught" | "coin" | "saved" | "lost" | "won"} Happening
 */

/**
 * One try at a level.
 * @typedef {object} Flight
 * @property {number} level From 1.
 * @property {Star[]} stars From the first, at the bottom, to the last: the goal.
 * @property {Coin[]} coins
 * @property {Point} comet
 * @property {Point} velocity
 * @property {number} at The star that the comet circles, or came from.
 * @property {boolean} isFree It flies.
 * @property {1 | -1} spin Which way it circles.
 * @property {number} turned How far it has circled this star, in radians.
 * @property {number} speed
 * @property {number} combo What a catch is worth: 1 to 5 times.
 * @property {number} score
 * @property {number} collected Coins of this try.
 * @property {boolean} hasShield A lost comet comes back, once.
 */

/** @param {number} level @param {boolean} hasShield @returns {Flight} */
export function startLevel(level, hasShield) {
  const { stars, coins } = layOut(level);
  const [first] = stars;
  if (!first) throw new RangeError("a level has stars");
  return {
    level,
    stars,
    coins,
    comet: { x: first.x + first.radius, y: first.y },
    velocity: { x: 0, y: 0 },
    at: 0,
    isFree: false,
    spin: -1,
    turned: 0,
    speed: Math.min(230, 140 + 8 * level),
    combo: 1,
    score: 0,
    collected: 0,
    hasShield,
  };
}

/** The same level is the same for everybody. @param {number} level */
function layOut(level) {
  const random = seeded(level);
  const radius = Math.max(28, 52 - 1.5 * level);
  /** @type {Star[]} */
  const stars = [{ x: WORLD.width / 2, y: 0, radius }];
  /** @type {Coin[]} */
  const coins = [];
  for (let n = 1; n < Math.min(14, 4 + level); n++) {
    const from = /** @type {Star} */ (stars[n - 1]);
    const side = from.x > WORLD.width / 2 ? -1 : 1;
    const x = Math.min(300, Math.max(60, from.x + side * (40 + 140 * random())));
    const star = { x, y: from.y - 120 - 50 * random(), radius };
    stars.push(star);
    coins.push(...[0.42, 0.58].map((part) => ({ ...between(from, star, part), taken: false })));
  }
  return { stars, coins };
}

/** Lets the comet go. @param {Flight} flight @returns {boolean} whether there was anything to let go */
export function letGo(flight) {
  if (flight.isFree) return false;
  flight.velocity = tangent(flight);
  flight.isFree = true;
  if (flight.turned > FULL_TURN) flight.combo = 1;
  return true;
}

/** Moves the world on by `seconds`, at most a fiftieth. @param {Flight} flight @param {number} seconds @returns {Happening[]} what came of it, in order */
export function step(flight, seconds) {
  if (!flight.isFree) {
    circle(flight, seconds);
    return [];
  }
  const { comet, velocity } = flight;
  comet.x += velocity.x * seconds;
  comet.y += velocity.y * seconds;
  /** @type {Happening[]} */
  const happenings = collect(flight);
  const star = flight.stars.findIndex((star, n) => n !== flight.at && distance(star, comet) <= star.radius);
  if (star !== -1) happenings.push(arrive(flight, star));
  else if (isLost(flight)) happenings.push(lose(flight));
  return happenings;
}

/** Whether the comet, let go now, comes to a star further on. @param {Flight} flight */
export function isAimed(flight) {
  const { x, y } = tangent(flight);
  return flight.stars.slice(flight.at + 1).some((star) => {
    const to = { x: star.x - flight.comet.x, y: star.y - flight.comet.y };
    const along = (to.x * x + to.y * y) / Math.hypot(x, y);
    const beside = Math.abs(to.x * y - to.y * x) / Math.hypot(x, y);
    return along > 0 && beside < star.radius * 0.8;
  });
}

/** @param {Flight} flight */
export const starAt = (flight) => /** @type {Star} */ (flight.stars[flight.at]);

/** @param {Flight} flight @param {number} seconds */
function circle(flight, seconds) {
  const star = starAt(flight);
  const turn = (flight.speed / star.radius) * seconds;
  const angle = Math.atan2(flight.comet.y - star.y, flight.comet.x - star.x) + flight.spin * turn;
  flight.comet = { x: star.x + star.radius * Math.cos(angle), y: star.y + star.radius * Math.sin(angle) };
  flight.turned += turn;
}

/** The velocity of a comet that is let go: faster than it circles. @param {Flight} flight @returns {Point} */
export function tangent({ comet, spin, speed, stars, at }) {
  const star = /** @type {Star} */ (stars[at]);
  const pace = (2.2 * spin * speed) / star.radius;
  return { x: -(comet.y - star.y) * pace, y: (comet.x - star.x) * pace };
}

/** @param {Flight} flight @returns {Happening[]} */
function collect(flight) {
  const near = flight.coins.filter((coin) => !coin.taken && distance(coin, flight.comet) < COIN_REACH);
  for (const coin of near) coin.taken = true;
  flight.collected += near.length;
  return near.map(() => "coin");
}

/** @param {Flight} flight @param {number} star @returns {Happening} */
function arrive(flight, star) {
  const { comet, velocity, stars } = flight;
  const { x, y } = /** @type {Star} */ (stars[star]);
  const ahead = star - flight.at;
  if (ahead > 0) {
    flight.score += 10 * flight.combo * ahead * ahead; // stars that were passed over are worth more
    flight.combo = Math.min(MAX_COMBO, flight.combo + 1);
  }
  flight.spin = (comet.x - x) * velocity.y - (comet.y - y) * velocity.x > 0 ? 1 : -1;
  settle(flight, star);
  return star === stars.length - 1 ? "won" : "caught";
}

/** @param {Flight} flight @returns {Happening} */
function lose(flight) {
  flight.combo = 1;
  if (!flight.hasShield) return "lost";
  flight.hasShield = false;
  comeBack(flight);
  return "saved";
}

/** Back to the star that it came from. @param {Flight} flight */
export function comeBack(flight) {
  const star = starAt(flight);
  flight.comet = { x: star.x + star.radius, y: star.y };
  settle(flight, flight.at);
}

/** @param {Flight} flight @param {number} star */
function settle(flight, star) {
  flight.at = star;
  flight.isFree = false;
  flight.turned = 0;
}

/** @param {Flight} flight */
function isLost({ comet, stars, at }) {
  const top = Math.min(...stars.map(({ y }) => y)) - 2 * MARGIN;
  const bottom = /** @type {Star} */ (stars[at]).y + 4 * MARGIN;
  return comet.x < -MARGIN || comet.x > WORLD.width + MARGIN || comet.y < top || comet.y > bottom;
}

/** @param {Point} a @param {Point} b */
const distance = (a, b) => Math.hypot(a.x - b.x, a.y - b.y);

/** @param {Point} a @param {Point} b @param {number} part @returns {Point} */
const between = (a, b, part) => ({ x: a.x + (b.x - a.x) * part, y: a.y + (b.y - a.y) * part });

/** Chance that is the same for the same seed (mulberry32). @param {number} seed @returns {() => number} 0 to 1 */
function seeded(seed) {
  let state = seed * 0x9e3779b9;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), 1 | state);
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
}
