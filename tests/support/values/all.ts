/**
 * Every named value: what the table "Values" of docs/services.md says, by example.
 *
 * @module
 */
import { builtInValues } from "./built_in_values.ts";
import { plainValues } from "./plain_values.ts";
import { refusedValues } from "./refused_values.ts";
import type { ValueCase } from "./value_case.ts";

/** The cases. */
export const VALUES: readonly ValueCase[] = [...plainValues, ...builtInValues, ...refusedValues];
