/** What people can do on their phones in a live item, by its kind. Kinds without a component show title and place. */

import type { ComponentType } from "preact";
import type { ActProps } from "../types";

export const acts: { [kind: string]: ComponentType<ActProps> } = {};
