/**
 * Typed clients of the portal's services: the types are those of the service modules.
 *
 * @module
 */
import type { Mesh } from "mesh";

/**
 * The services as a page sees them.
 *
 * @param mesh The way to them, of one request.
 */
export function clients(mesh: Mesh) {
  return {
    banner: mesh.service<typeof import("../services/banner.ts")>("banner"),
    news: mesh.service<typeof import("../services/news.ts")>("news"),
    photo: mesh.service<typeof import("../services/photo.ts")>("photo"),
    portfolio: mesh.service<typeof import("../services/portfolio.ts")>("portfolio"),
    profile: mesh.service<typeof import("../services/profile.ts")>("profile"),
    quotes: mesh.service<typeof import("../services/quotes.ts")>("quotes"),
    sports: mesh.service<typeof import("../services/sports.ts")>("sports"),
    weather: mesh.service<typeof import("../services/weather.ts")>("weather"),
  };
}

/** What {@linkcode clients} makes. */
export type Clients = ReturnType<typeof clients>;
