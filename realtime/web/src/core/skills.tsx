/** The five basic skills as pictures; the words beside them are the page's own. */

export type SkillId =
  | "online_public_services"
  | "online_shopping"
  | "online_payment"
  | "cyber_self_protection"
  | "digital_platforms";

const DRAWN: { [skill in SkillId]: string } = {
  // A paper with a tick, a basket, a note that is handed over, a shield, a phone with tiles.
  online_public_services: "M10 4h20l8 8v32H10zM30 4v8h8M17 29l6 6 10-12",
  online_shopping: "M4 8h6l6 24h22l5-17H12M19 41a2 2 0 1 0 .1 0M35 41a2 2 0 1 0 .1 0",
  online_payment: "M4 12h40v24H4zM24 18a6 6 0 1 0 .1 0M10 18v12M38 18v12",
  cyber_self_protection: "M24 4l16 6v13c0 11-7 18-16 21C15 41 8 34 8 23V10zM17 23l6 6 9-11",
  digital_platforms: "M12 4h24v40H12zM18 12h4v4h-4zM27 12h4v4h-4zM18 22h4v4h-4zM27 22h4v4h-4zM21 37h6",
};

export const SKILLS = Object.keys(DRAWN) as SkillId[];

export function SkillPicture({ skill }: { skill: SkillId }) {
  return (
    <svg viewBox="0 0 48 48" aria-hidden="true" focusable="false" class="skill-picture">
      <path d={DRAWN[skill]} fill="none" stroke="currentColor" stroke-width="3" stroke-linejoin="round" stroke-linecap="round" />
    </svg>
  );
}
