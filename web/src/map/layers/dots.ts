// Satellites, gateways and PoPs as one layer of points that keep their size on the screen.
import { Layer, type LayerContext, type LayerProps, type UpdateParameters, project32 } from "@deck.gl/core";
import type { Buffer } from "@luma.gl/core";
import { Model } from "@luma.gl/engine";

const VERTEX = `#version 300 es
#define SHADER_NAME openleo-dots-vertex
in vec3 positions;
in vec4 colours;
in vec2 looks;
out vec4 colour;
flat out float shape;
flat out float size;
void main(void) {
  colour = colours;
  shape = looks.y;
  size = looks.x * project.devicePixelRatio;
  // a satellite that is lost has no position, which no comparison holds for
  bool there = positions.z > -1.0e6;
  gl_Position = project_position_to_clipspace(positions, vec3(0.0), vec3(0.0), geometry.position);
  // whole or not at all: a dot is hidden where the sphere stands between its middle and the eye
  if (project.projectionMode == PROJECTION_MODE_GLOBE) {
    vec3 way = geometry.position.xyz - project.cameraPosition;
    float along = -dot(project.cameraPosition, way) / dot(way, way);
    float least = length(project.cameraPosition + way * along);
    if (along > 0.0 && along < 1.0 && least < GLOBE_RADIUS * 0.9998) there = false;
  }
  if (!there) gl_Position = vec4(2.0, 2.0, 2.0, 1.0);
  gl_PointSize = size + 1.0;
}
`;

// Shapes: 0 a disc, 1 a diamond, 2 a square with a hole, 3 a ring.
const FRAGMENT = `#version 300 es
#define SHADER_NAME openleo-dots-fragment
precision highp float;
in vec4 colour;
flat in float shape;
flat in float size;
out vec4 fragColor;
void main(void) {
  vec2 at = (gl_PointCoord - 0.5) * (size + 1.0);
  float most = size * 0.5;
  float far = length(at);
  float inner = -1.0;
  if (shape > 0.5 && shape < 1.5) far = abs(at.x) + abs(at.y);
  if (shape > 1.5 && shape < 2.5) { far = max(abs(at.x), abs(at.y)); inner = most * 0.35; most *= 0.85; }
  if (shape > 2.5) inner = most - max(1.5, size * 0.12);
  float cover = clamp(most - far + 0.5, 0.0, 1.0);
  if (inner > 0.0) cover *= clamp(far - inner + 0.5, 0.0, 1.0);
  // a dark rim keeps a light dot in sight on light ground
  float rim = shape > 2.5 || size < 7.0 ? 0.0 : clamp(far - most + 1.9, 0.0, 1.0);
  if (cover <= 0.0) discard;
  fragColor = vec4(mix(colour.rgb, vec3(0.03, 0.06, 0.1), rim * 0.75), colour.a * cover);
}
`;

export interface Dots {
  count: number;
  /** Longitude, latitude (degrees), height (metres). */
  positions: Float32Array;
  /** RGBA. */
  colours: Uint8Array;
  /** Diameter in pixels and number of the shape. */
  looks: Float32Array;
}

interface DotsProps {
  dots: Dots;
  /** Another number: the same array holds other positions. */
  moved: number;
}

export class DotsLayer extends Layer<DotsProps & LayerProps> {
  static override layerName = "DotsLayer";
  declare state: { model: Model; buffers: Record<"positions" | "colours" | "looks", Buffer> };

  override getShaders() {
    return super.getShaders({ vs: VERTEX, fs: FRAGMENT, modules: [project32] });
  }

  override initializeState({ device }: LayerContext): void {
    const { dots } = this.props;
    const buffers = {
      positions: device.createBuffer({ data: dots.positions }),
      colours: device.createBuffer({ data: dots.colours }),
      looks: device.createBuffer({ data: dots.looks }),
    };
    const model = new Model(device, {
      ...this.getShaders(),
      id: this.props.id,
      topology: "point-list",
      bufferLayout: [
        { name: "positions", format: "float32x3" },
        { name: "colours", format: "unorm8x4" },
        { name: "looks", format: "float32x2" },
      ],
      attributes: buffers,
      vertexCount: dots.count,
      isInstanced: false,
    });
    this.setState({ model, buffers });
  }

  override updateState({ props, oldProps }: UpdateParameters<this>): void {
    const { dots } = props;
    const before = oldProps.dots;
    if (!before) return;
    const { buffers, model } = this.state;
    if (before.count !== dots.count) {
      const { device } = this.context;
      for (const name of ["positions", "colours", "looks"] as const) {
        buffers[name].destroy();
        buffers[name] = device.createBuffer({ data: dots[name] });
      }
      model.setAttributes(buffers);
      model.setVertexCount(dots.count);
      return;
    }
    if (before.positions !== dots.positions || props.moved !== oldProps.moved)
      buffers.positions.write(dots.positions);
    if (before.colours !== dots.colours) buffers.colours.write(dots.colours);
    if (before.looks !== dots.looks) buffers.looks.write(dots.looks);
  }

  override draw(): void {
    this.state.model.draw(this.context.renderPass);
  }

  override finalizeState(context: LayerContext): void {
    super.finalizeState(context);
    this.state.model.destroy();
    for (const each of Object.values(this.state.buffers)) each.destroy();
  }
}
