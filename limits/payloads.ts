/**
 * Bounds of values, messages, heads and texts.
 *
 * @module
 */

/** Largest message by default (`limits.messageBytes`): a larger one is refused with `RESOURCE_EXHAUSTED`. */
export const MESSAGE_DEFAULT_BYTES = 16 * 1024 * 1024;
/** Smallest value of the setting `limits.messageBytes`: a smaller one is refused at the start. */
export const MESSAGE_MIN_BYTES = 1_024;
/**
 * Deepest nesting of a value (objects, arrays, maps and sets inside each other): a deeper one is refused. The stack
 * holds much more.
 */
export const PAYLOAD_DEPTH_MAX = 512;
/** The same in the levels of its bytes: an extension and the array or map in it are two, and one of the value. */
export const PAYLOAD_LEVELS_MAX = 2 * PAYLOAD_DEPTH_MAX + 1;
/** Largest `bigint` of a value, in bytes: a larger one is refused. */
export const INTEGER_MAX_BYTES = 1024 * 1024;
/** Longest chain of prototypes that is looked at: a value with a longer one is refused (a proxy can make one without end). */
export const PROTOTYPES_MAX = 1_000;
/** A larger buffer is not kept by the codec after a call. */
export const CODEC_KEPT_BYTES = 1024 * 1024;
/** Longer text is measured before it is encoded, instead of making room for the longest case. */
export const LONG_TEXT_CHARS = 4_096;
/** By how much the room that is asked for a value may exceed what is written: beyond it, it is measured. */
export const ESTIMATE_MAX_BYTES = 4 * LONG_TEXT_CHARS;
/** Names of properties that a decoder remembers, a power of two: a new one takes another's place. */
export const KEYS_CACHED = 1_024;

/** Longest `"service.handler"`, in UTF-8 bytes: a longer one is refused. */
export const TARGET_MAX_BYTES = 200;
/** Longest name of a service that a module gives itself, in UTF-8 bytes: there has to be room for a dot and a handler. */
export const SERVICE_NAME_MAX_BYTES = TARGET_MAX_BYTES - 2;
/** Longest key, in UTF-8 bytes: a longer one is refused. */
export const KEY_MAX_BYTES = 512;
/** Largest metadata of a call, which is refused beyond it, or of an error, which goes without it then. */
export const METADATA_MAX_BYTES = 65_536;
/** Longest key or value of metadata, whose length is a u16: a longer one is refused like too much of it. */
export const METADATA_TEXT_MAX_BYTES = 0xffff;
/** Largest request head: what must fit in a request's first frame. */
export const REQUEST_HEAD_MAX_BYTES = 64 + TARGET_MAX_BYTES + KEY_MAX_BYTES;
/** Highest number of an attempt that a head holds: it stands for higher ones. */
export const ATTEMPT_SHOWN_MAX = 0xff;
/** Targets whose bytes are remembered, by who sends and by who receives: one more empties the cache. */
export const TARGETS_CACHED_MAX = 1_024;

/** Longest message of an error on the wire, in UTF-8 bytes: a longer one is clipped. */
export const ERROR_MESSAGE_MAX_BYTES = 16_384;
/** Longest text of an error that is shown, in characters: a longer one is clipped. */
export const ERROR_TEXT_MAX_CHARS = ERROR_MESSAGE_MAX_BYTES;
/** Why metadata was left out, in an error's message, in characters: more is clipped. */
export const LEFT_OUT_WHY_MAX_CHARS = 160;
/** Longest reason why a key module is not in use, in characters, clipped: one frame of the smallest space holds it. */
export const MODULE_REASON_MAX_CHARS = 300;
/** What a refusal shows of the value of an option, in characters: a longer one is clipped. */
export const OPTION_SHOWN_MAX_CHARS = 120;
/** What a message shows of a key, or of a wrong answer of a key module, in characters: a longer one is clipped. */
export const KEY_SHOWN_MAX_CHARS = 80;
/** What a fault of the configuration shows of a value, in characters: a longer one is clipped. */
export const SETTING_SHOWN_MAX_CHARS = 80;
/** What a message shows of a malformed target or answer, in characters: a longer one is clipped. */
export const MALFORMED_SHOWN_MAX_CHARS = 100;
/** Steps of a path into a value that are shown at its start, and at its end: those between are left out. */
export const PATH_STEPS_SHOWN_MAX = 24;
/** Longest step of such a path, in characters: a longer one is clipped. */
export const PATH_STEP_MAX_CHARS = 64;
/** Handlers that a reason lists: of the others it tells how many. */
export const HANDLERS_LISTED_MAX = 16;

/** What is shown of a value of user code: characters of one text in it. More is left out, and `…` says so. */
export const SHOWN_TEXT_MAX_CHARS = 4_096;
/** Characters of all texts and names in such a value together. */
export const SHOWN_MAX_CHARS = 16_384;
/** Values in such a value, at whatever depth. */
export const SHOWN_VALUES_MAX = 1_000;
/** Items of one array, map, set or object in it. */
export const SHOWN_ITEMS_MAX = 100;
/** Objects inside each other in it. */
export const SHOWN_DEPTH_MAX = 6;
/** Errors that are shown of a chain of causes, and of an aggregate: of the others it is told how many. */
export const SHOWN_ERRORS_MAX = 5;
/** Largest `bigint` that is shown by its digits. */
export const SHOWN_INTEGER_MAX = 1n << 1_024n;
