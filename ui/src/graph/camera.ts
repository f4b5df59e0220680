/** Where the eye is over a drawing: how large, and which point of it stands in the upper left corner. */
export interface Camera {
  readonly zoom: number;
  readonly x: number;
  readonly y: number;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface Box extends Size {
  /** The middle. */
  readonly x: number;
  readonly y: number;
}

export const ZOOM_MIN = 0.04;
export const ZOOM_MAX = 3;
const MARGIN = 24;
/** What stands over a drawing, above and below, covers nothing of it while all of it is shown. */
const TOOLS_PX = 52;
/** A small graph is not blown up to fill its room. */
const FIT_ZOOM_MAX = 1.15;

const within = (value: number, least: number, most: number) => Math.min(most, Math.max(least, value));

/** All of it, in the middle. */
export function fitted(drawing: Size, room: Size): Camera {
  const zoom = within(
    Math.min((room.width - 2 * MARGIN) / drawing.width, (room.height - 2 * TOOLS_PX) / drawing.height),
    ZOOM_MIN,
    FIT_ZOOM_MAX,
  );
  return {
    zoom,
    x: (drawing.width - room.width / zoom) / 2,
    y: (drawing.height - room.height / zoom) / 2,
  };
}

/** The point under `at` (px of the room) stays under it. */
export function zoomed(camera: Camera, by: number, at: { readonly x: number; readonly y: number }): Camera {
  const zoom = within(camera.zoom * by, ZOOM_MIN, ZOOM_MAX);
  return {
    zoom,
    x: camera.x + at.x / camera.zoom - at.x / zoom,
    y: camera.y + at.y / camera.zoom - at.y / zoom,
  };
}

/** `dx`, `dy` in px of the room. */
export function panned(camera: Camera, dx: number, dy: number): Camera {
  return { ...camera, x: camera.x - dx / camera.zoom, y: camera.y - dy / camera.zoom };
}

/** The point in the middle of the room. */
export function centered({ zoom }: Camera, x: number, y: number, room: Size): Camera {
  return { zoom, x: x - room.width / zoom / 2, y: y - room.height / zoom / 2 };
}

/** The same eye where the box is in view already; else moved just as far as needed. */
export function showing(camera: Camera, box: Box, room: Size): Camera {
  const margin = MARGIN / camera.zoom;
  const seen = { width: room.width / camera.zoom, height: room.height / camera.zoom };
  const shift = (least: number, most: number, from: number, length: number) => {
    if (least - margin < from) return least - margin;
    return most + margin > from + length ? Math.min(least - margin, most + margin - length) : from;
  };
  return {
    zoom: camera.zoom,
    x: shift(box.x - box.width / 2, box.x + box.width / 2, camera.x, seen.width),
    y: shift(box.y - box.height / 2, box.y + box.height / 2, camera.y, seen.height),
  };
}
