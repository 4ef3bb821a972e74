/**
 * msgpackr, the payload codec: its pure JavaScript build, by relative path.
 *
 * By path, because workers load this file under the configuration of the *user's* project, whose import
 * map knows nothing of our packages. `index.js` and not the package's entry, because the entry looks for
 * an optional native addon first: the plain build is as fast for messages of our size and always there.
 *
 * @module
 */
// @ts-types="../node_modules/msgpackr/index.d.ts"
export {
  addExtension,
  FLOAT32_OPTIONS,
  pack,
  Packr,
  RESERVE_START_SPACE,
  RESET_BUFFER_MODE,
  REUSE_BUFFER_MODE,
  unpack,
  Unpackr,
} from "../node_modules/msgpackr/index.js";
