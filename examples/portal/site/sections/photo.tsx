/**
 * Section: the photo of the user's club.
 *
 * @module
 */
import type { Section } from "../section.ts";

/** Caption here; the picture comes with the browser's next request. */
export const photo: Section = {
  id: "photo",
  title: "Club photo",
  about: "Your club before the home stand.",
  service: "photo",
  link: { href: "/settings#club", text: "Other club" },
  timeoutMs: 800,
  async load({ services, preferences, options }) {
    const { club } = preferences;
    const reply = await services.photo.caption({ club }, { ...options, key: club });
    const body = (
      <figure>
        <img
          src={`/photos/${encodeURIComponent(club)}`}
          alt={`Drawing of the players of ${reply.club.name}`}
          width="640"
          height="400"
          loading="lazy"
        />
        <figcaption>{reply.caption}</figcaption>
      </figure>
    );
    return { by: reply.by, body };
  },
};
