// @ts-check
/** How a flight looks. It reads the game's state and changes none of it. */
import { isAimed, starAt, tangent, WORLD } from "./game.js";

/** @typedef {import("./game.js").Point} Point */
/** @typedef {Point & { vx: number, vy: number, life: number, hue: number }} Spark */

const TRAIL_POINTS = 46;
const BACKDROP = Array.from({ length: 140 }, (_, n) => ({
  x: fraction(n * 0.754877),
  y: fraction(n * 0.56984),
  depth: 0.2 + 0.8 * fraction(n * 0.618034),
}));

/** @param {HTMLCanvasElement} canvas */
export function createScene(canvas) {
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const isCalm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  /** @type {Point[]} */
  let trail = [];
  /** @type {Spark[]} */
  let sparks = [];
  let camera = 0;
  let time = 0;

  /** Fits the world's width and height into the canvas, in the middle. */
  function fit() {
    const sharpness = Math.min(2, devicePixelRatio);
    const [width, height] = [canvas.clientWidth * sharpness, canvas.clientHeight * sharpness];
    if (canvas.width !== Math.round(width)) canvas.width = width;
    if (canvas.height !== Math.round(height)) canvas.height = height;
    const scale = Math.min(canvas.width / WORLD.width, canvas.height / WORLD.height);
    return { scale, left: (canvas.width - WORLD.width * scale) / 2 };
  }

  /** @param {number} hue */
  function drawSky(hue) {
    const sky = context.createLinearGradient(0, 0, 0, canvas.height);
    sky.addColorStop(0, `hsl(${hue} 55% 7%)`);
    sky.addColorStop(0.6, `hsl(${hue + 30} 50% 13%)`);
    sky.addColorStop(1, `hsl(${hue + 70} 50% 22%)`);
    context.fillStyle = sky;
    context.fillRect(0, 0, canvas.width, canvas.height);
    for (const { x, y, depth } of BACKDROP) {
      const top = fraction(y - (camera * depth) / 2_400) * canvas.height;
      context.globalAlpha = depth * (0.55 + 0.35 * Math.sin(time * 1.5 + x * 40));
      context.fillStyle = "#fff";
      const size = (canvas.height / 640) * (0.6 + depth * 1.1);
      context.fillRect(x * canvas.width, top, size, size);
    }
    context.globalAlpha = 1;
  }

  /** @param {import("./game.js").Flight} flight @param {number} hue */
  function drawStars({ stars, at }, hue) {
    stars.forEach(({ x, y, radius }, n) => {
      const isGoal = n === stars.length - 1;
      const color = isGoal ? 48 : hue + 90 + 25 * n;
      const pulse = isGoal ? 1 + 0.12 * Math.sin(time * 4) : 1;
      glow(x, y, radius * 1.5 * pulse, `hsl(${color} 90% 65% / ${n < at ? 0.12 : 0.34})`);
      circle(x, y, radius);
      context.strokeStyle = `hsl(${color} 80% 75% / ${n < at ? 0.15 : 0.5})`;
      context.lineWidth = isGoal ? 2.5 : 1.25;
      context.stroke();
      circle(x, y, (isGoal ? 11 : 6) * pulse);
      context.fillStyle = n < at ? `hsl(${color} 30% 55%)` : `hsl(${color} 95% 88%)`;
      context.fill();
    });
  }

  /** @param {import("./game.js").Coin[]} coins */
  function drawCoins(coins) {
    for (const { x, y, taken } of coins) {
      if (taken) continue;
      glow(x, y, 15, "hsl(45 100% 60% / 0.5)");
      context.save();
      context.translate(x, y);
      context.scale(isCalm ? 1 : Math.cos(time * 3 + y), 1);
      circle(0, 0, 6.5);
      context.fillStyle = "#ffd75e";
      context.fill();
      context.strokeStyle = "#fff3c4";
      context.lineWidth = 1.5;
      context.stroke();
      context.restore();
    }
  }

  /** Where the comet would go: bright where it would arrive. @param {import("./game.js").Flight} flight */
  function drawAim(flight) {
    const { x, y } = tangent(flight);
    const reach = 70 / Math.hypot(x, y);
    context.setLineDash([2, 7]);
    context.lineWidth = 2.5;
    context.strokeStyle = isAimed(flight) ? "hsl(150 100% 75%)" : "hsl(0 0% 100% / 0.3)";
    context.beginPath();
    context.moveTo(flight.comet.x, flight.comet.y);
    context.lineTo(flight.comet.x + x * reach, flight.comet.y + y * reach);
    context.stroke();
    context.setLineDash([]);
  }

  /** @param {import("./game.js").Flight} flight */
  function drawComet({ comet, combo, hasShield }) {
    const hue = 205 - 38 * (combo - 1);
    trail.forEach((point, n) => {
      const age = (n + 1) / trail.length;
      const next = trail[n + 1] ?? comet;
      context.beginPath();
      context.moveTo(point.x, point.y);
      context.lineTo(next.x, next.y);
      context.lineWidth = 1 + 12 * age * age;
      context.strokeStyle = `hsl(${hue} 100% ${45 + 25 * age}% / ${0.75 * age * age})`;
      context.stroke();
    });
    glow(comet.x, comet.y, 30, `hsl(${hue} 100% 70% / 0.75)`);
    circle(comet.x, comet.y, 7);
    context.fillStyle = "#fff";
    context.fill();
    if (!hasShield) return;
    circle(comet.x, comet.y, 14);
    context.strokeStyle = "hsl(150 100% 75% / 0.9)";
    context.lineWidth = 2;
    context.stroke();
  }

  function drawSparks() {
    for (const { x, y, life, hue } of sparks) glow(x, y, 9 * life, `hsl(${hue} 100% 70% / ${life})`);
  }

  /** @param {number} x @param {number} y @param {number} radius @param {string} color */
  function glow(x, y, radius, color) {
    const light = context.createRadialGradient(x, y, 0, x, y, radius);
    light.addColorStop(0, color);
    light.addColorStop(1, "transparent");
    context.fillStyle = light;
    circle(x, y, radius);
    context.fill();
  }

  /** @param {number} x @param {number} y @param {number} radius */
  function circle(x, y, radius) {
    context.beginPath();
    context.arc(x, y, Math.max(0, radius), 0, 2 * Math.PI);
  }

  return {
    /** A new flight begins. */
    reset() {
      trail = [];
      sparks = [];
    },
    /** @param {Point} at @param {number} hue @param {number} count */
    burst(at, hue, count) {
      if (isCalm) return;
      for (let n = 0; n < count; n++) {
        const angle = 2 * Math.PI * Math.random();
        const pace = 40 + 160 * Math.random();
        sparks.push({ ...at, vx: pace * Math.cos(angle), vy: pace * Math.sin(angle), life: 1, hue });
      }
    },
    /** @param {import("./game.js").Flight} flight @param {number} seconds since the last frame */
    draw(flight, seconds) {
      time += isCalm ? 0 : seconds;
      const { scale, left } = fit();
      const hue = 205 + ((35 * (flight.level - 1)) % 120); // from blue to purple, and again
      camera += (starAt(flight).y - camera) * Math.min(1, 4 * seconds);
      trail = [...trail, { ...flight.comet }].slice(-TRAIL_POINTS);
      for (const spark of sparks) {
        spark.x += spark.vx * seconds;
        spark.y += spark.vy * seconds;
        spark.life -= 1.6 * seconds;
      }
      sparks = sparks.filter(({ life }) => life > 0);

      context.setTransform(1, 0, 0, 1, 0, 0);
      drawSky(hue);
      context.setTransform(scale, 0, 0, scale, left, canvas.height * 0.72 - camera * scale);
      context.globalCompositeOperation = "lighter";
      drawStars(flight, hue);
      drawCoins(flight.coins);
      if (!flight.isFree) drawAim(flight);
      drawComet(flight);
      drawSparks();
      context.globalCompositeOperation = "source-over";
    },
  };
}

/** The part behind the point, also of what is below zero. @param {number} value */
function fraction(value) {
  return value - Math.floor(value);
}
