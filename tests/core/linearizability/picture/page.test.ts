import { LEGEND, PAGE_STYLE } from "../../../../core/linearizability/picture/page.ts";
import type { Role } from "../../../../core/linearizability/picture/window.ts";

const ROLES = { placed: true, stuck: true, later: true, unneeded: true, refused: true } satisfies Record<Role, true>;

test.each(Object.keys(ROLES))("%s has a look and a place in the legend", (role) => {
  expect(PAGE_STYLE).toContain(`.${role} path`);
  expect(LEGEND).toContain(`<g class="bar ${role}`);
});
