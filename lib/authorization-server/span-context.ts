/** Runs work as a part of what is measured: what it does itself is shown beneath it in a trace. */
export type SpanContext = <T>(work: () => T) => T;

/** Runs work as a part of nothing. */
export const noSpan: SpanContext = (work) => work();
