/**
 * The body of a form's request.
 *
 * @module
 */
import { HTTPException } from "hono/http-exception";
import type { PortalContext } from "./user_template.ts";

/**
 * Reads the form.
 *
 * @throws {HTTPException} 400 for a body that is no form.
 */
export async function readForm(c: PortalContext): Promise<FormData> {
  try {
    return await c.req.formData();
  } catch (error) {
    if (error instanceof HTTPException) throw error;
    throw new HTTPException(400, { message: "the body is no form", cause: error });
  }
}
