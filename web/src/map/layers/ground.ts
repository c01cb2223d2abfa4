// The ground as one layer: the drawn picture of land and sea on a sphere or a plane, dark where it is night.
import { Layer, type LayerContext, type LayerProps, type UpdateParameters, project32 } from "@deck.gl/core";
import type { Buffer, Texture } from "@luma.gl/core";
import { Model } from "@luma.gl/engine";

const STEP_DEG = 3;

const UNIFORMS = `layout(std140) uniform groundUniforms {
  vec3 sun;
  vec3 night;
  float depth;
} ground;
`;

const VERTEX = `#version 300 es
#define SHADER_NAME openleo-ground-vertex
in vec2 points;
out vec2 place;
out vec3 up;
void main(void) {
  place = points;
  vec2 at = radians(points);
  up = vec3(cos(at.y) * cos(at.x), cos(at.y) * sin(at.x), sin(at.y));
  gl_Position = project_position_to_clipspace(vec3(points, 0.0), vec3(0.0), vec3(0.0), geometry.position);
}
`;

// Night begins where the sun is 0.8° below the horizon and is whole at the end of civil twilight, 6° below.
const FRAGMENT = `#version 300 es
#define SHADER_NAME openleo-ground-fragment
precision highp float;
in vec2 place;
in vec3 up;
uniform sampler2D picture;
out vec4 fragColor;
void main(void) {
  float dark = smoothstep(0.014, 0.105, -dot(up, ground.sun));
  vec3 land = texture(picture, vec2(place.x / 360.0 + 0.5, 0.5 - place.y / 180.0)).rgb;
  fragColor = vec4(mix(land, ground.night, dark * ground.depth), 1.0);
}
`;

interface GroundProps {
  /** Longitude from left to right, latitude from top to bottom, both even. */
  image: HTMLCanvasElement;
  /** Another number: the image was drawn anew. */
  version: number;
  /** Where the sun is, as a unit vector. */
  sun: readonly [number, number, number];
  /** The colour of night, and how much of it there is (0: none). */
  night: readonly [number, number, number];
  depth: number;
}

export class GroundLayer extends Layer<GroundProps & LayerProps> {
  static override layerName = "GroundLayer";
  declare state: { model: Model; texture: Texture; buffers: Buffer[] };

  override getShaders() {
    const ground = {
      name: "ground",
      vs: UNIFORMS,
      fs: UNIFORMS,
      uniformTypes: { sun: "vec3<f32>", night: "vec3<f32>", depth: "f32" },
    } as const;
    return super.getShaders({ vs: VERTEX, fs: FRAGMENT, modules: [project32, ground] });
  }

  override initializeState({ device }: LayerContext): void {
    const { points, triangles } = mesh();
    const pointBuffer = device.createBuffer({ data: points });
    const triangleBuffer = device.createBuffer({
      data: triangles,
      usage: 16 /* index */,
      indexType: "uint32",
    });
    const { width, height } = this.props.image;
    const texture = device.createTexture({
      format: "rgba8unorm",
      width,
      height,
      mipLevels: Math.floor(Math.log2(Math.max(width, height))) + 1,
      sampler: { minFilter: "linear", magFilter: "linear", mipmapFilter: "linear" },
    });
    const model = new Model(device, {
      ...this.getShaders(),
      id: this.props.id,
      topology: "triangle-list",
      bufferLayout: [{ name: "points", format: "float32x2" }],
      attributes: { points: pointBuffer },
      indexBuffer: triangleBuffer,
      vertexCount: triangles.length,
      bindings: { picture: texture },
      isInstanced: false,
    });
    this.setState({ model, texture, buffers: [pointBuffer, triangleBuffer] });
  }

  override updateState({ props, oldProps }: UpdateParameters<this>): void {
    if (props.version !== oldProps.version || props.image !== oldProps.image) {
      this.state.texture.copyExternalImage({ image: props.image });
      this.state.texture.generateMipmapsWebGL();
    }
  }

  override draw(): void {
    const { sun, night, depth } = this.props;
    this.state.model.shaderInputs.setProps({
      ground: { sun, night: night.map((part) => part / 255), depth },
    });
    this.state.model.draw(this.context.renderPass);
  }

  override finalizeState(context: LayerContext): void {
    super.finalizeState(context);
    this.state.model.destroy();
    this.state.texture.destroy();
    for (const each of this.state.buffers) each.destroy();
  }
}

/** The whole Earth in squares, fine enough to look round. */
function mesh(): { points: Float32Array; triangles: Uint32Array } {
  const across = 360 / STEP_DEG;
  const down = 180 / STEP_DEG;
  const points = new Float32Array((across + 1) * (down + 1) * 2);
  const triangles = new Uint32Array(across * down * 6);
  for (let y = 0, at = 0; y <= down; y++) {
    for (let x = 0; x <= across; x++) {
      points[at++] = -180 + x * STEP_DEG;
      points[at++] = -90 + y * STEP_DEG;
    }
  }
  for (let y = 0, at = 0; y < down; y++) {
    for (let x = 0; x < across; x++) {
      const corner = y * (across + 1) + x;
      const above = corner + across + 1;
      triangles.set([corner, corner + 1, above + 1, corner, above + 1, above], at);
      at += 6;
    }
  }
  return { points, triangles };
}
