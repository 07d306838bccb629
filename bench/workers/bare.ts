/** (a) The ceiling: what the runtime gives a Worker that does nothing at all. */
export default {
  fetch(): Response {
    return new Response(null, { status: 202 });
  },
};
