/**
 * A line at the top of a page about what has just been tried.
 *
 * @module
 */
import type { FC } from "hono/jsx";
import { isProblem, PROBLEMS } from "../position_form.ts";

/** Shows a known problem, and nothing for anything else: the text never comes from the address. */
export const Notice: FC<{ problem: string | undefined }> = ({ problem }) => {
  if (problem === undefined || !isProblem(problem)) return null;
  return <p class="notice" role="alert">{PROBLEMS[problem]}</p>;
};
