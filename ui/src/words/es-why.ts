/** Español: por qué un estado es el que es, y qué lo cambiaría. */
import { esStates } from "./es-states.ts";
import { countingIn } from "./plural.ts";
import type { WhySentences } from "./why-facts.ts";

const { count, number } = countingIn("es");
const and = (items: readonly string[]) => new Intl.ListFormat("es", { type: "conjunction" }).format(items);
const UNNAMED: Readonly<Record<string, string>> = { "": "", page: " en la página", api: " por la API" };
const by = (who: string) => UNNAMED[who] ?? ` por ${who}`;
const somebody = (who: string) => (who in UNNAMED ? `Una persona${UNNAMED[who]}` : who);
const said = (why: string) => (why === "" ? "" : ` Dijo: “${why}”.`);

const stateName = (code: string) => (esStates.states as Readonly<Record<string, string>>)[code] ?? code;

export const esWhy: WhySentences = {
  "waits-for-upstreams": (f) =>
    `Espera a ${and([...f.names("upstreams"), ...(f.number("more") > 0 ? [`${number(f.number("more"))} más`] : [])])}.`,
  "waits-for-its-turn": () => "No queda nada anterior por terminar: espera su turno.",
  "process-stopping": () => "El proceso que la ejecutaba se detiene. Sigue cuando otro proceso retome la ejecución.",
  limit: (f) => `Podría empezar, pero el límite ${f.text("limit")} está lleno.`,
  "cache-wait": (f) => `La ejecución ${f.text("runId")} calcula ahora el mismo resultado; espera a ese.`,
  "starts-at": (f) => `Empieza a las ${f.time("at") ?? "hora fijada"}.`,
  retry: (f) =>
    `El último intento falló. El intento ${number(f.number("attempt"))}${f.number("of") > 0 ? ` de ${number(f.number("of"))}` : ""} empieza ${f.time("at") === undefined ? "pronto" : `a las ${f.time("at")}`}.`,
  "not-yet": (f) =>
    `Dijo “todavía no” ${count(f.number("count"), "vez", "veces")}.${f.time("at") === undefined ? "" : ` Se le pregunta otra vez a las ${f.time("at")}.`}`,
  approval: (f) =>
    `Pregunta a una persona: “${f.text("question")}”${f.time("until") === undefined ? "" : ` Se espera respuesta hasta ${f.time("until")}.`}`,
  "child-run": (f) =>
    `Su ejecución ${f.text("run")} espera a una persona${f.text("question") === "" ? "." : `: “${f.text("question")}”`}${f.time("until") === undefined ? "" : ` Se espera una respuesta hasta ${f.time("until")}.`}`,
  "manual-only": () => "Su condición de inicio es manual_only: una persona tiene que dejarla seguir.",
  signal: (f) => `Su función lo decidió con una señal.${said(f.text("why"))}`,
  "code-changed": (f) => `El flujo cambió en lo que falta: ${f.texts("changes").join("; ")}.`,
  "by-person": (f) => `La ejecución fue puesta en pausa${by(f.text("by"))}: nada de ella empieza hasta que se reanude.`,
  pausing: (f) =>
    `La ejecución se está poniendo en pausa${by(f.text("by"))}: lo que está en marcha llega a su fin, y nada más empieza.`,
  interrupted: () => "La ejecución se interrumpió: su proceso terminó. Lo acabado se conserva, y puede seguir.",
  "run-again": () => "Una persona la hizo volver atrás: ella, o aquello de lo que depende, se ejecuta otra vez.",
  "value-not-kept": () => "Un valor que necesita no se conservó, así que lo que lo produjo se ejecuta otra vez.",
  lost: (f) => `Su proceso terminó en medio de un intento (${count(f.number("count"), "vez", "veces")}).`,
  running: (f) =>
    f.number("attempt") > 0
      ? `Se está llamando a su función, intento ${number(f.number("attempt"))}.`
      : "Está en marcha.",
  cancelling: () => "Se pidió cancelar: a lo que está en marcha se le dice que pare.",
  "between-rounds": (f) =>
    `Terminó una vuelta de su ciclo; la siguiente empieza${f.time("at") === undefined ? "" : ` a las ${f.time("at")}`}.`,
  "waits-for-a-person": () => "Espera a una persona.",
  succeeded: (f) =>
    f.number("attempts") > 1 ? `Devolvió un resultado en el intento ${number(f.number("attempts"))}.` : "Terminó bien.",
  "cache-hit": (f) =>
    `Las entradas son las de la ejecución ${f.text("runId")}, así que se tomó su resultado en vez de llamar a la función.${f.time("expiresAt") === undefined ? " Sigue siendo válido." : ` Es válido hasta ${f.time("expiresAt")}.`}`,
  "cache-stored": (f) =>
    `Terminó bien, y su resultado se guardó en la caché${f.time("expiresAt") === undefined ? "" : ` hasta ${f.time("expiresAt")}`}.`,
  mapped: () => "Se ejecutó una vez por elemento, y todos sus hijos están decididos.",
  given: () => "Su resultado fue dado, en vez de llamar a su función.",
  handler: () => "Lo decidió un manejador de estados.",
  approved: (f) => `Fue aprobada${by(f.text("by"))}.`,
  marked: (f) =>
    `${somebody(f.text("by"))} la marcó${f.time("at") === undefined ? "" : ` a las ${f.time("at")}`}; antes, su estado era ${stateName(f.text("from"))}. Motivo: “${f.text("why")}”.`,
  failed: (f) =>
    f.number("attempts") > 1
      ? `Fallaron sus ${number(f.number("attempts"))} intentos.`
      : "Lanzó un error y no le quedan intentos.",
  timeout: (f) => `Tardó más que su tiempo máximo de ${f.duration("afterMs")}.`,
  validation: () => "Lo que entró o lo que salió no se ajusta a su esquema.",
  "approval-rejected": (f) => `Fue rechazada${by(f.text("by"))}.${said(f.text("why"))}`,
  trigger: (f) =>
    `No se llamó: su condición ${f.text("trigger")} pide más. De ${count(f.number("total"), "tarea anterior", "tareas anteriores")}, ${number(f.number("successful"))} con éxito y ${number(f.number("failed"))} con fallo.`,
  "trigger-error": () => "Su condición de inicio lanzó un error, así que no se llamó.",
  "no-mappable-upstream": () => "No había nada que mapear.",
  "unmappable-result": (f) => `${f.text("upstream")} dio ${f.text("got")}, que no se puede mapear.`,
  "map-lengths": (f) => `Las listas a mapear tienen longitudes distintas: ${f.texts("lengths").join(", ")}.`,
  "ref-path-missing": (f) => `El resultado que lee no tiene ${f.text("path")}.`,
  "handler-failed": (f) => `El manejador ${f.text("handler")} lanzó un error.`,
  "retry-signals-max": (f) => `Pidió que se la llamara otra vez más de ${count(f.number("max"), "vez", "veces")}.`,
  "loop-max": (f) => `Su ciclo pasó de ${count(f.number("max"), "vuelta", "vueltas")}.`,
  "cache-key-failed": () => "La función que hace su clave de caché lanzó un error.",
  poison: (f) =>
    `Su proceso terminó ${count(f.number("count"), "vez", "veces")} mientras se ejecutaba, así que no se intenta más.`,
  "outcome-unknown": () => "Su proceso terminó mientras se ejecutaba, y nadie sabe hasta dónde llegó.",
  resource: (f) => `El recurso ${f.text("resource")} no se pudo preparar.`,
  skipped: () => "Se omitió a sí misma.",
  "upstream-skipped": (f) => `Antes de ella se omitió ${f.text("upstream")}, así que también se omitió.`,
  "all-upstreams-skipped": () => "Todo lo anterior se omitió, así que también se omitió.",
  "case-not-taken": (f) =>
    `Pertenece al caso ${f.text("key")}; la bifurcación tomó ${f.text("taken") === "" ? "ninguno" : f.text("taken")}.`,
  "no-case-taken": (f) => `La bifurcación recibió ${f.text("key")}, y no tiene un caso para eso.`,
  cancelled: (f) => `Fue cancelada${by(f.text("by"))}.`,
  "reference-succeeded": () => "Todas las tareas que deciden la ejecución terminaron bien.",
  "reference-failed": (f) => `Deciden la ejecución tareas que fallaron: ${and(f.texts("failed"))}.`,
  "final-state": () => "El flujo mismo dijo cómo termina.",
};
