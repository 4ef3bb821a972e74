/**
 * The public API of mesh: what services, sites and programs that join a mesh import as `"mesh"`.
 *
 * @module
 */
export { attach } from "./client/attach.ts";
export type { AttachedMesh, AttachOptions } from "./client/attach.ts";
export type {
  BroadcastAnswer,
  BroadcastOptions,
  Call,
  CallOptions,
  Context,
  Log,
  Mesh,
  PageOptions,
  PagePart,
  PageResult,
  PartResult,
  ResultOf,
  ServiceClient,
  ServiceOptions,
  Site,
  SiteEnv,
} from "./client/types.ts";
export type { Payload } from "./endpoint/codec.ts";
export { CODES, MeshError } from "./errors.ts";
export type { Code, MeshErrorOptions } from "./errors.ts";
