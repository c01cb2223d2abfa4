// The cells as one layer: places that never change, and colours in a texture that is written anew.
import { Layer, type LayerContext, type LayerProps, type UpdateParameters, project32 } from "@deck.gl/core";
import type { Buffer, Device, Texture } from "@luma.gl/core";
import { Model } from "@luma.gl/engine";
import { type Cells, shapesOf } from "../celldata";

const WIDTH = 1024;

// Lifted off the sphere, whose facets would hide them. From near each vertex is one of six corners of its
// cell; from afar a cell is one vertex, a square of the cell's area.
const VERTEX = `#version 300 es
#define SHADER_NAME openleo-cells-vertex
in vec2 places;
uniform highp sampler2D cellColours;
flat out vec4 colour;
void main(void) {
  int cell = gl_VertexID / VERTICES;
  colour = texelFetch(cellColours, ivec2(cell % ${WIDTH}, cell / ${WIDTH}), 0);
  geometry.worldPosition = vec3(places, 4000.0);
  gl_Position = colour.a == 0.0
    ? vec4(2.0, 2.0, 2.0, 1.0)
    : project_position_to_clipspace(geometry.worldPosition, vec3(0.0), vec3(0.0), geometry.position);
#if VERTICES == 1
  gl_PointSize = max(1.0, project_size_to_pixel(cells.wideM) * project.devicePixelRatio);
#endif
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

const UNIFORMS = `layout(std140) uniform cellsUniforms {
  float wideM;
} cells;
`;

interface CellsProps {
  cells: Cells;
  /** RGBA of each cell; another array is another colouring. */
  colours: Uint8Array;
  /** With their corners, as from near; without them, as dots. */
  shaped: boolean;
}

export class CellsLayer extends Layer<CellsProps & LayerProps> {
  static override layerName = "CellsLayer";
  declare state: {
    model: Model;
    texture: Texture;
    buffers: Buffer[];
    shaped: Model | null;
    dots: Model | null;
  };

  override initializeState({ device }: LayerContext): void {
    const texture = device.createTexture({
      format: "rgba8unorm",
      width: WIDTH,
      height: Math.max(1, Math.ceil(this.props.cells.count / WIDTH)),
      sampler: { minFilter: "nearest", magFilter: "nearest" },
    });
    this.setState({ texture, buffers: [], shaped: null, dots: null });
  }

  override updateState({ props, oldProps }: UpdateParameters<this>): void {
    if (props.shaped !== oldProps.shaped) {
      const { device } = this.context;
      if (props.shaped) this.state.shaped ??= this.makeShaped(device);
      else this.state.dots ??= this.makeDots(device);
      this.setState({ model: props.shaped ? this.state.shaped : this.state.dots });
    }
    if (props.colours !== oldProps.colours) this.paint();
  }

  override draw(): void {
    this.state.model.shaderInputs.setProps({ cells: { wideM: this.props.cells.wideM } });
    this.state.model.draw(this.context.renderPass);
  }

  override finalizeState(context: LayerContext): void {
    super.finalizeState(context);
    this.state.shaped?.destroy();
    this.state.dots?.destroy();
    this.state.texture.destroy();
    for (const each of this.state.buffers) each.destroy();
  }

  private makeShaped(device: Device): Model {
    const { corners, triangles } = shapesOf(this.props.cells);
    const indexBuffer = device.createBuffer({ data: triangles, usage: 16 /* index */, indexType: "uint32" });
    this.state.buffers.push(indexBuffer);
    return this.made(device, corners, 6, {
      topology: "triangle-list",
      indexBuffer,
      vertexCount: triangles.length,
    });
  }

  private makeDots(device: Device): Model {
    const { centres, count } = this.props.cells;
    return this.made(device, centres, 1, { topology: "point-list", vertexCount: count });
  }

  private made(device: Device, data: Float32Array, vertices: number, more: Partial<Model["props"]>): Model {
    const places = device.createBuffer({ data });
    this.state.buffers.push(places);
    const cells = { name: "cells", vs: UNIFORMS, fs: UNIFORMS, uniformTypes: { wideM: "f32" } } as const;
    return new Model(device, {
      ...this.getShaders({
        vs: VERTEX,
        fs: FRAGMENT,
        modules: [project32, cells],
        defines: { VERTICES: vertices },
      }),
      id: `${this.props.id}-${vertices}`,
      bufferLayout: [{ name: "places", format: "float32x2" }],
      attributes: { places },
      bindings: { cellColours: this.state.texture },
      isInstanced: false,
      ...more,
    });
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
