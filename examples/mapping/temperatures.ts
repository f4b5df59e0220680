/** One task, many inputs: a child for each city. A child starts as soon as its own input is ready. */
import { flow, task, unmapped } from "caudal";

const SENSORS: Readonly<Record<string, readonly number[]>> = {
  Málaga: [24.5, 31, 28],
  Quito: [11, 19.5, 14],
  Tromsø: [-4, 1.5, -1],
};

const listCities = task("list_cities", () => Object.keys(SENSORS));

const readSensor = task("read_sensor", (city: string) => SENSORS[city] ?? []);

const average = task("average", (readings: readonly number[], digits: number) => {
  const sum = readings.reduce((total, reading) => total + reading, 0);
  return Number((sum / readings.length).toFixed(digits));
});

const report = task("report", (cities: string[], averages: number[]) => {
  for (const [index, city] of cities.entries()) console.log(`${city}: ${averages[index]} °C`);
  return cities[averages.indexOf(Math.max(...averages))];
});

export const temperatures = flow("temperatures", () => {
  const cities = listCities();
  const readings = readSensor.map(cities); // three children, one per city
  const averages = average.map(readings, unmapped(1)); // paired by position; every child gets the same 1
  return { warmest: report(cities, averages) }; // not mapped: gets both lists whole
});

await temperatures.run();

// What it prints, times masked (test/examples compares it):
/*
$ npx caudal run temperatures.ts
[<time>] INFO - caudal.FlowRunner | Beginning Flow run for 'temperatures'
[<time>] INFO - caudal.TaskRunner | Task 'list_cities': Starting task run...
[<time>] INFO - caudal.TaskRunner | Task 'list_cities': Finished task run for task with final state: 'Success'
[<time>] INFO - caudal.TaskRunner | Task 'read_sensor': Finished task run for task with final state: 'Mapped'
[<time>] INFO - caudal.TaskRunner | Task 'average': Finished task run for task with final state: 'Mapped'
[<time>] INFO - caudal.TaskRunner | Task 'read_sensor[0]': Starting task run...
[<time>] INFO - caudal.TaskRunner | Task 'read_sensor[1]': Starting task run...
[<time>] INFO - caudal.TaskRunner | Task 'read_sensor[2]': Starting task run...
[<time>] INFO - caudal.TaskRunner | Task 'read_sensor[0]': Finished task run for task with final state: 'Success'
[<time>] INFO - caudal.TaskRunner | Task 'read_sensor[1]': Finished task run for task with final state: 'Success'
[<time>] INFO - caudal.TaskRunner | Task 'read_sensor[2]': Finished task run for task with final state: 'Success'
[<time>] INFO - caudal.TaskRunner | Task 'average[0]': Starting task run...
[<time>] INFO - caudal.TaskRunner | Task 'average[1]': Starting task run...
[<time>] INFO - caudal.TaskRunner | Task 'average[2]': Starting task run...
[<time>] INFO - caudal.TaskRunner | Task 'average[0]': Finished task run for task with final state: 'Success'
[<time>] INFO - caudal.TaskRunner | Task 'average[1]': Finished task run for task with final state: 'Success'
[<time>] INFO - caudal.TaskRunner | Task 'average[2]': Finished task run for task with final state: 'Success'
[<time>] INFO - caudal.TaskRunner | Task 'report': Starting task run...
Málaga: 27.8 °C
Quito: 14.8 °C
Tromsø: -1.2 °C
[<time>] INFO - caudal.TaskRunner | Task 'report': Finished task run for task with final state: 'Success'
[<time>] INFO - caudal.FlowRunner | Flow run SUCCESS: all reference tasks succeeded
Result: {"warmest":"Málaga"}
*/
