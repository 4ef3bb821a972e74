/**
 * What stands behind the named states of calls, slots and workers: each has few successors, and no other.
 *
 * @module
 */

/**
 * The error of a state that is left the wrong way: a fault of this program.
 *
 * @param what What has the state, for people.
 * @param from The state that it is in.
 * @param to The one that it was to have.
 */
export function noTransition(what: string, from: string, to: string): Error {
  return new Error(`${what} cannot become ${to}: it is ${from}`);
}
