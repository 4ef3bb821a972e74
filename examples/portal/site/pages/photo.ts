/**
 * Address `/photos/:club`: a club's photo, as the service's bytes.
 *
 * @module
 */
import { clients } from "../clients.ts";
import { isMeshError } from "../trouble.ts";
import type { PortalContext } from "../user_template.ts";

const TIMEOUT_MS = 2_000;

/** The picture. The club is the call's key: in a keyed group it names the server that has the photo. */
export async function photo(c: PortalContext): Promise<Response> {
  const club = c.req.param("club") ?? "";
  try {
    const { photo } = clients(c.env.mesh);
    const bytes = await photo.picture({ club }, { key: club, timeoutMs: TIMEOUT_MS });
    return new Response(Uint8Array.from(bytes), {
      headers: { "content-type": "image/svg+xml", "cache-control": "public, max-age=600" },
    });
  } catch (error) {
    const unknown = isMeshError(error, "NOT_FOUND") || isMeshError(error, "INVALID_ARGUMENT");
    return c.text(unknown ? "no such photo" : "no photo at the moment", unknown ? 404 : 503);
  }
}
