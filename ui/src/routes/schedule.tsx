/** One schedule, by its own address. */
import { addresses } from "../addresses.ts";
import { ApiProblem } from "../api/problem.ts";
import { resources } from "../api/resources.ts";
import { useSnapshot } from "../api/use-snapshot.ts";
import type { RouteProps } from "../app.tsx";
import { LinkButton } from "../parts/button.tsx";
import { ErrorBox } from "../parts/error-box.tsx";
import { Loading } from "../parts/loading.tsx";
import { Page } from "../parts/page.tsx";
import { Switch } from "../parts/switch.tsx";
import { useWords } from "../words/words.tsx";
import { NotFoundPage } from "./not-found.tsx";
import { ScheduleParts } from "./schedule-facts.tsx";
import { useScheduleSwitch } from "./switch-schedule.ts";

export function SchedulePage({ parameters: { schedule: id = "" } }: RouteProps) {
  const words = useWords();
  const { data, trouble, reload } = useSnapshot(resources.schedule(id), { refreshOn: ["flows", "runs"] });
  const { switchTo, pending } = useScheduleSwitch();
  if (trouble instanceof ApiProblem && trouble.problem.status === 404)
    return (
      <NotFoundPage text={words.notFound.schedule(id)}>
        <p>{words.notFound.scheduleText}</p>
      </NotFoundPage>
    );
  const isOn = pending.get(id) ?? data?.on ?? false;
  return (
    <Page
      title={data?.flow ?? id}
      crumbs={[{ text: words.schedules.title, to: addresses.schedules() }]}
      about={data === undefined ? undefined : words.rule(data.text)}
      actions={
        data === undefined ? undefined : (
          <>
            <span className="schedule-switch">
              <Switch
                on={isOn}
                busy={pending.has(id)}
                label={isOn ? words.flows.switchOff(data.flow) : words.flows.switchOn(data.flow)}
                onChange={(on) => switchTo(data, on)}
              />
              <span className="small-text">{isOn ? words.schedules.isOn : words.schedules.isOff}</span>
            </span>
            <LinkButton to={addresses.flow(data.flow)}>{data.flow}</LinkButton>
          </>
        )
      }
    >
      {trouble !== undefined && <ErrorBox trouble={trouble} onRetry={reload} />}
      {data === undefined ? trouble === undefined && <Loading rows={6} /> : <ScheduleParts schedule={data} />}
    </Page>
  );
}
