import { expect, it } from "vitest";
import { tellAll } from "./tell-all.ts";

it("one queue that does not answer keeps none of the others from being told to the end", async () => {
  const told: string[] = [];
  const tell = async (queue: string) => {
    if (queue === "down") throw new Error("down");
    await new Promise((resolve) => setTimeout(resolve, 50));
    told.push(queue);
  };
  await expect(tellAll(["a", "down", "b"], tell, "send the same again")).rejects.toMatchObject({
    status: 503,
    code: "queue_unreachable",
    message: "send the same again",
  });
  expect(told).toEqual(["a", "b"]);
});

it("answers come in the order of the queues", async () => {
  const tell = async (queue: string) => {
    await new Promise((resolve) => setTimeout(resolve, queue === "a" ? 20 : 0));
    return queue.toUpperCase();
  };
  expect(await tellAll(["a", "b"], tell, "")).toEqual(["A", "B"]);
});
