/** Everything the API can be asked but for what is live. */
import { actionRoutes } from "./actions.ts";
import { carriedRoutes } from "./carried.ts";
import { deskRoutes } from "./desk.ts";
import { flowRoutes } from "./flows.ts";
import { graphRoutes } from "./graphs.ts";
import { logRoutes } from "./logs.ts";
import { markRoutes } from "./marks.ts";
import { previewRoutes } from "./previews.ts";
import type { Route } from "./route.ts";
import { runRoutes } from "./runs.ts";
import { scheduleRoutes } from "./schedules.ts";
import { taskRunRoutes } from "./task-runs.ts";
import { timingRoutes } from "./timings.ts";

export const ROUTES: readonly Route[] = [
  ...deskRoutes,
  ...flowRoutes,
  ...graphRoutes,
  ...timingRoutes,
  ...runRoutes,
  ...taskRunRoutes,
  ...carriedRoutes,
  ...logRoutes,
  ...actionRoutes,
  ...markRoutes,
  ...previewRoutes,
  ...scheduleRoutes,
];
