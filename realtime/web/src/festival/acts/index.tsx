/** What people can do on their phones in a live item, by its kind. Kinds without a component show title and place. */

import type { ComponentType } from "preact";
import { addWords } from "../../core/i18n";
import en from "../../locale/acts.en.json";
import vi from "../../locale/acts.vi.json";
import type { ActProps } from "../types";
import { DrawAct } from "./draw";
import { LaunchAct } from "./launch";
import { PledgeAct } from "./pledge";
import { PollAct } from "./poll";

addWords(vi, en);

export const acts: { [kind: string]: ComponentType<ActProps> } = {
  poll: PollAct,
  pledge: PledgeAct,
  launch: LaunchAct,
  draw: DrawAct,
};
