// The cells as one layer: corners that never change, and colours in a texture that is written anew.
import { Layer, type LayerContext, type LayerProps, type UpdateParameters, project32 } from "@deck.gl/core";
import type { Buffer, Texture } from "@luma.gl/core";
import { Model } from "@luma.gl/engine";
import type { Cells } from "../celldata";

const WIDTH = 1024;

const VERTEX = `#version 300 es
#define SHADER_NAME openleo-cells-vertex
in vec2 corners;
uniform highp sampler2D cellColours;
flat out vec4 colour;
void main(void) {
  int cell = gl_VertexID / 6;
  colour = texelFetch(cellColours, ivec2(cell % ${WIDTH}, cell / ${WIDTH}), 0);
  // lifted off the sphere, whose facets would hide it
  vec3 position = vec3(corners, 4000.0);
  gl_Position = colour.a == 0.0
    ? vec4(2.0, 2.0, 2.0, 1.0)
    : project_position_to_clipspace(position, vec3(0.0), vec3(0.0), geometry.position);
}
`;

const FRAGMENT = `#version 300 es
#define SHADER_NAME openleo-cells-fragment
precision highp float;
flat in vec4 colour;
out vec4 fragColor;
void main(void) {
  fragColor = colour;
}
`;

interface CellsProps {
  cells: Cells;
  /** RGBA of each cell; another array is another colouring. */
  colours: Uint8Array;
}

export class CellsLayer extends Layer<CellsProps & LayerProps> {
  static override layerName = "CellsLayer";
  declare state: { model: Model; texture: Texture; buffers: Buffer[] };

  override getShaders() {
    return super.getShaders({ vs: VERTEX, fs: FRAGMENT, modules: [project32] });
  }

  override initializeState({ device }: LayerContext): void {
    const { cells } = this.props;
    const corners = device.createBuffer({ data: cells.corners });
    const triangles = device.createBuffer({ data: cells.triangles, usage: 16 /* index */, indexType: "uint32" });
    const texture = device.createTexture({
      format: "rgba8unorm",
      width: WIDTH,
      height: Math.max(1, Math.ceil(cells.count / WIDTH)),
      sampler: { minFilter: "nearest", magFilter: "nearest" },
    });
    const model = new Model(device, {
      ...this.getShaders(),
      id: this.props.id,
      topology: "triangle-list",
      bufferLayout: [{ name: "corners", format: "float32x2" }],
      attributes: { corners },
      indexBuffer: triangles,
      vertexCount: cells.triangles.length,
      bindings: { cellColours: texture },
      isInstanced: false,
    });
    this.setState({ model, texture, buffers: [corners, triangles] });
  }

  override updateState({ props, oldProps }: UpdateParameters<this>): void {
    if (props.colours !== oldProps.colours) this.paint();
  }

  override draw(): void {
    this.state.model.draw(this.context.renderPass);
  }

  override finalizeState(context: LayerContext): void {
    super.finalizeState(context);
    this.state.model.destroy();
    this.state.texture.destroy();
    for (const each of this.state.buffers) each.destroy();
  }

  private paint(): void {
    const { colours } = this.props;
    const { texture } = this.state;
    const whole = Math.floor(colours.length / 4 / WIDTH);
    const rest = colours.length / 4 - whole * WIDTH;
    if (whole) {
      texture.writeData(colours.subarray(0, whole * WIDTH * 4), { width: WIDTH, height: whole });
    }
    if (rest) texture.writeData(colours.subarray(whole * WIDTH * 4), { y: whole, width: rest, height: 1 });
  }
}
