/**
 * The public API of mesh: what services, sites and programs that join a mesh import as `"mesh"`.
 *
 * @module
 */
export { attach } from "./client/attach.ts";
export type { AttachedMesh, AttachOptions } from "./client/attach.ts";
export type {
  Call,
  CallOptions,
  Context,
  Log,
  Mesh,
  Payload,
  ResultOf,
  ServiceClient,
  ServiceOptions,
  Site,
  SiteEnv,
} from "./client/types.ts";
export { MeshError } from "./errors.ts";
export type { Code, MeshErrorOptions } from "./errors.ts";
