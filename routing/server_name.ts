/**
 * What a server's name looks like, wherever one is given: by the configuration, or by a key function.
 *
 * @module
 */
import { NAME_MAX_CHARS } from "../limits.ts";

/** A name: begins with a letter or digit, and has at most 63 characters. */
export const SERVER_NAME = new RegExp(`^[A-Za-z0-9][A-Za-z0-9._-]{0,${NAME_MAX_CHARS - 1}}$`);
/** The same in words. */
export const SERVER_NAME_ALLOWED =
  `a name of letters, digits, ".", "_" and "-", beginning with a letter or digit, at most ${NAME_MAX_CHARS} characters`;
