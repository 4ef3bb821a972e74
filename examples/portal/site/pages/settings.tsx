/**
 * Page `/settings`: what the summary shows, and in which order.
 *
 * @module
 */
import type { Child, FC } from "hono/jsx";
import { CITIES } from "../../model/climate.ts";
import { CATEGORIES } from "../../model/headlines.ts";
import { CLUBS } from "../../model/league.ts";
import { LISTINGS } from "../../model/market.ts";
import type { Preferences } from "../../model/preferences.ts";
import type { Profile } from "../../model/profiles.ts";
import { clients } from "../clients.ts";
import { readForm } from "../read_form.ts";
import { Layout } from "../parts/layout.tsx";
import { Notice } from "../parts/notice.tsx";
import { Card, TroubleNote } from "../parts/section_card.tsx";
import { SECTIONS } from "../sections/mod.ts";
import { allSections, readSettingsForm } from "../settings_form.ts";
import { type PortalContext, profileToChange, templateSaved } from "../user_template.ts";

const SAVE_TIMEOUT_MS = 2_000;

/** The page. Without the user's own choices there is no form: saving it would put others in their place. */
export async function settings(c: PortalContext): Promise<Response> {
  const problem = c.req.query("problem");
  const start = performance.now();
  try {
    const profile = await profileToChange(c, clients(c.env.mesh));
    return await c.html(<SettingsPage profile={profile} problem={problem} />);
  } catch (error) {
    console.warn("portal: no settings to change:", String(error));
    c.status(503);
    const ms = performance.now() - start;
    return await c.html(<NoSettingsPage error={error} ms={ms} problem={problem} />);
  }
}

/** Takes the form. After an arrow the user stays on this page, after saving he sees the summary. */
export async function saveSettings(c: PortalContext): Promise<Response> {
  const { preferences, basedOn, moved } = readSettingsForm(await readForm(c));
  const { user } = c.env;
  if (user === null) return c.redirect("/settings?problem=cookies", 303);
  try {
    const { profile } = clients(c.env.mesh);
    const input = { user, preferences, basedOn };
    const saved = await profile.save(input, { timeoutMs: SAVE_TIMEOUT_MS });
    if ("changed" in saved) return c.redirect("/settings?problem=changed", 303);
    templateSaved(c, user, saved);
  } catch (error) {
    console.warn("portal: settings not saved:", String(error));
    return c.redirect("/settings?problem=unsaved", 303);
  }
  return c.redirect(moved ? "/settings" : "/", 303);
}

const SettingsFrame: FC<{ problem: string | undefined; children?: Child }> = (props) => (
  <Layout title="Settings · My Mesh" here="/settings">
    <div class="greeting">
      <h1>Settings</h1>
      <p>Your summary page, the way you want it</p>
    </div>
    <Notice problem={props.problem} />
    {props.children}
  </Layout>
);

/** In the place of the form while the user's choices are not to be had. */
const NoSettingsPage: FC<{ error: unknown; ms: number; problem: string | undefined }> = (
  { error, ms, problem },
) => (
  <SettingsFrame problem={problem}>
    <div class="single">
      <Card id="settings" title="Your choices">
        <TroubleNote service="profile" error={error} ms={ms} />
        <p class="note">Nothing of them is lost, and nothing can be changed until they are here.</p>
      </Card>
    </div>
  </SettingsFrame>
);

/**
 * One form: without script, an arrow is a button that saves everything and moves its section. The form knows which
 * version of the user's choices it was filled from, and is not saved over another one.
 */
export const SettingsPage: FC<{ profile: Profile; problem: string | undefined }> = (
  { profile: { preferences, version }, problem },
) => (
  <SettingsFrame problem={problem}>
    <form class="settings" method="post" action="/settings">
      <input type="hidden" name="version" value={String(version)} />
      {/* The Enter key presses a form's first button: that must not be an arrow. */}
      <button type="submit" class="visually-hidden" tabindex={-1} aria-hidden="true">Save</button>
      <fieldset id="sections">
        <legend>Sections</legend>
        <p class="note">On wide screens the page fills its columns from top to bottom.</p>
        <SectionRows preferences={preferences} />
      </fieldset>
      <div class="choices">
        <fieldset id="desks">
          <legend>News desks</legend>
          {CATEGORIES.map((category) => (
            <Tick name="category" value={category} on={preferences.categories.includes(category)}>
              {capital(category)}
            </Tick>
          ))}
        </fieldset>
        <fieldset id="watch">
          <legend>Companies to watch</legend>
          {LISTINGS.map(({ symbol, name }) => (
            <Tick name="symbol" value={symbol} on={preferences.symbols.includes(symbol)}>
              <b>{symbol}</b> {name}
            </Tick>
          ))}
        </fieldset>
        <fieldset>
          <legend>Places</legend>
          <label id="city">
            Weather in
            <Choice name="city" options={CITIES} chosen={preferences.city} />
          </label>
          <label id="club">
            Your club
            <Choice name="club" options={CLUBS} chosen={preferences.club} />
          </label>
        </fieldset>
      </div>
      <p class="save">
        <button type="submit">Save and show my page</button>
      </p>
    </form>
  </SettingsFrame>
);

const SectionRows: FC<{ preferences: Preferences }> = ({ preferences: { sections } }) => (
  <ol class="rows">
    {allSections(sections).map((id, i) => {
      const { title, about } = SECTIONS[id];
      return (
        <li>
          <input type="hidden" name="order" value={id} />
          <Tick name="show" value={id} on={sections.includes(id)}>
            <b>{title}</b> <span class="note">{about}</span>
          </Tick>
          <span class="arrows">
            <Arrow id={id} way="up" title={title} off={i === 0 || i >= sections.length} />
            <Arrow id={id} way="down" title={title} off={i >= sections.length - 1} />
          </span>
        </li>
      );
    })}
  </ol>
);

const Arrow: FC<{ id: string; way: "up" | "down"; title: string; off: boolean }> = (props) => (
  <button
    type="submit"
    class="quiet"
    name="move"
    value={`${props.id}:${props.way}`}
    disabled={props.off}
    aria-label={`Move ${props.title} ${props.way}`}
  >
    {props.way === "up" ? "↑" : "↓"}
  </button>
);

const Tick: FC<{ name: string; value: string; on: boolean; children?: Child }> = (props) => (
  <label class="tick">
    <input type="checkbox" name={props.name} value={props.value} checked={props.on} />
    <span>{props.children}</span>
  </label>
);

const Choice: FC<
  { name: string; options: readonly { id: string; name: string }[]; chosen: string }
> = (props) => (
  <select name={props.name}>
    {props.options.map(({ id, name }) => (
      <option value={id} selected={id === props.chosen}>{name}</option>
    ))}
  </select>
);

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
