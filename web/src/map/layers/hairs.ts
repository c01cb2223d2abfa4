// Very many thin lines as one layer: coasts, borders, the grid of degrees.
import { Layer, type LayerContext, type LayerProps, project32 } from "@deck.gl/core";
import type { Buffer } from "@luma.gl/core";
import { Model } from "@luma.gl/engine";
import type { Colour } from "../overlays";

const UNIFORMS = `layout(std140) uniform hairsUniforms {
  vec4 colour;
} hairs;
`;

const VERTEX = `#version 300 es
#define SHADER_NAME openleo-hairs-vertex
in vec2 points;
void main(void) {
  gl_Position = project_position_to_clipspace(vec3(points, 7000.0), vec3(0.0), vec3(0.0), geometry.position);
}
`;

const FRAGMENT = `#version 300 es
#define SHADER_NAME openleo-hairs-fragment
precision highp float;
out vec4 fragColor;
void main(void) {
  fragColor = hairs.colour;
}
`;

interface HairsProps {
  /** Longitude and latitude of both ends of each piece. */
  pieces: Float32Array;
  colour: Colour;
}

export class HairsLayer extends Layer<HairsProps & LayerProps> {
  static override layerName = "HairsLayer";
  declare state: { model: Model; buffer: Buffer };

  override getShaders() {
    const hairs = {
      name: "hairs",
      vs: UNIFORMS,
      fs: UNIFORMS,
      uniformTypes: { colour: "vec4<f32>" },
    } as const;
    return super.getShaders({ vs: VERTEX, fs: FRAGMENT, modules: [project32, hairs] });
  }

  override initializeState({ device }: LayerContext): void {
    const buffer = device.createBuffer({ data: this.props.pieces });
    const model = new Model(device, {
      ...this.getShaders(),
      id: this.props.id,
      topology: "line-list",
      bufferLayout: [{ name: "points", format: "float32x2" }],
      attributes: { points: buffer },
      vertexCount: this.props.pieces.length / 2,
      isInstanced: false,
    });
    this.setState({ model, buffer });
  }

  override draw(): void {
    const [red, green, blue, alpha = 255] = this.props.colour;
    this.state.model.shaderInputs.setProps({
      hairs: { colour: [red / 255, green / 255, blue / 255, alpha / 255] },
    });
    this.state.model.draw(this.context.renderPass);
  }

  override finalizeState(context: LayerContext): void {
    super.finalizeState(context);
    this.state.model.destroy();
    this.state.buffer.destroy();
  }
}
