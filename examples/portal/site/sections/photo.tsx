/**
 * Section: the photo of the user's club.
 *
 * @module
 */
import { CLUBS } from "../../model/league.ts";
import { section } from "../section.ts";

/** Caption here; the picture comes with the browser's next request. */
export const photo = section({
  id: "photo",
  title: "Club photo",
  about: "Your club before the home stand.",
  service: "photo",
  link: { href: "/settings#club", text: "Other club" },
  mode: "keyed",
  // The club is the key, which names the server that has its photo.
  ask: ({ services, preferences: { club } }) => services.photo.caption({ club }, { key: club }),
  render: ({ club, caption }) => (
    <figure>
      <img
        src={`/photos/${encodeURIComponent(club.id)}`}
        alt={`Drawing of the players of ${club.name}`}
        width="640"
        height="400"
        loading="lazy"
      />
      <figcaption>{caption}</figcaption>
    </figure>
  ),
  trouble: (code, { club }) => {
    const name = CLUBS.find(({ id }) => id === club)?.name;
    return code === "UNAVAILABLE"
      ? `The photo of ${name} is on one server alone, which is away at the moment.`
      : undefined;
  },
});
