// Writes a graph as an ONNX model (opset 20; contrib operators of com.microsoft for what the standard set lacks).
// Symbolic shapes become Shape nodes on the inputs that carry each size, made once for the whole graph.

import { create, toBinary } from "@bufbuild/protobuf";
import {
  AttributeProto_AttributeType,
  AttributeProtoSchema,
  GraphProtoSchema,
  ModelProtoSchema,
  NodeProtoSchema,
  OperatorSetIdProtoSchema,
  StringStringEntryProtoSchema,
  TensorProto_DataType,
  TensorProtoSchema,
  ValueInfoProtoSchema,
  type AttributeProto,
  type GraphProto,
  type NodeProto,
  type TensorProto,
  type ValueInfoProto,
} from "onnx-buf";
import { BiobertError } from "../../core/index.ts";
import { toHalves, type DType, type HostTensor } from "../../tensor/index.ts";
import { dimFactor, dimNames, sameShape, type Dim, type Shape } from "../dims.ts";
import type { Graph, GraphNode, Value } from "../ir.ts";
import { operatorNamed } from "../operator.ts";

export type OnnxAttribute =
  | { int: number }
  | { ints: readonly number[] }
  | { float: number }
  | { string: string }
  | { dtype: DType }
  | { graph: GraphProto };

const ONNX_DTYPE: Record<DType, TensorProto_DataType> = {
  float32: TensorProto_DataType.FLOAT,
  float64: TensorProto_DataType.DOUBLE,
  float16: TensorProto_DataType.FLOAT16,
  int32: TensorProto_DataType.INT32,
  int64: TensorProto_DataType.INT64,
  uint32: TensorProto_DataType.UINT32,
  uint8: TensorProto_DataType.UINT8,
  int8: TensorProto_DataType.INT8,
  bool: TensorProto_DataType.BOOL,
};

const OPSET = 20;
const IR_VERSION = 9n;

function bytesOf(tensor: HostTensor): Uint8Array<ArrayBuffer> {
  const { buffer, byteOffset, byteLength } = tensor.data;
  return new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength);
}

export class OnnxWriter {
  private nodes: NodeProto[] = [];
  private readonly made = new Map<string, string>();
  private readonly initializers: TensorProto[] = [];
  private readonly constantNames = new Map<string, string>();
  private readonly dimVectors = new Map<string, string>();
  private readonly sources: ReturnType<Graph["dimensionSources"]>;
  private scope = "";
  private counter = 0;

  constructor(
    private readonly graph: Graph,
    private readonly weights: ReadonlyMap<string, HostTensor>,
    /** What runs the model; operators that one has no kernel for are written otherwise. */
    readonly target: OnnxTarget,
  ) {
    this.sources = graph.dimensionSources();
  }

  /** The ONNX name of a value. */
  name(value: Value): string {
    if (value.kind !== "constant") return value.name;
    return this.constant(value.tensor!);
  }

  /** A new name for an intermediate that the graph does not know. */
  fresh(prefix: string): string {
    return `${prefix}.${this.counter++}`;
  }

  /** An initializer with these contents; equal small ones are shared. */
  constant(tensor: HostTensor): string {
    const bytes = bytesOf(tensor);
    const key = bytes.length <= 64 ? `${tensor.dtype}[${tensor.dims.join()}]${bytes.join()}` : undefined;
    const known = key === undefined ? undefined : this.constantNames.get(key);
    if (known !== undefined) return known;
    const name = this.fresh("constant");
    this.initializers.push(this.tensor(name, tensor));
    if (key !== undefined) this.constantNames.set(key, name);
    return name;
  }

  int64Vector(values: readonly number[]): string {
    return this.constant({ dtype: "int64", dims: [values.length], data: BigInt64Array.from(values, BigInt) });
  }

  int64Scalar(value: number): string {
    return this.constant({ dtype: "int64", dims: [], data: BigInt64Array.of(BigInt(value)) });
  }

  /** A float32 or float16 scalar. */
  realScalar(value: number, dtype: DType): string {
    return this.constant({ dtype, dims: [], data: dtype === "float16" ? toHalves([value]) : Float32Array.of(value) });
  }

  /**
   * The name of an int64 vector with the sizes of `shape` at run time. With `inferOne`, a single symbolic dimension is
   * written -1, which Reshape works out itself.
   */
  shapeVector(shape: Shape, inferOne: boolean): string {
    const symbolic = shape.filter((dim) => typeof dim === "string");
    if (symbolic.length === 0) return this.int64Vector(shape as number[]);
    if (inferOne && symbolic.length === 1)
      return this.int64Vector(shape.map((dim) => (typeof dim === "number" ? dim : -1)));
    const key = shape.join(",");
    const known = this.dimVectors.get(key);
    if (known !== undefined) return known;
    const parts = shape.map((dim) => (typeof dim === "number" ? this.int64Vector([dim]) : this.dimVector(dim)));
    let name = parts[0]!;
    if (parts.length > 1) {
      name = this.fresh("shape");
      this.node("Concat", parts, [name], { axis: { int: 0 } });
    }
    this.dimVectors.set(key, name);
    return name;
  }

  /** Writes one ONNX node. An empty input name leaves an optional input out. */
  node(
    op: string,
    inputs: readonly string[],
    outputs: readonly string[],
    attributes: Readonly<Record<string, OnnxAttribute>> = {},
    domain = "",
  ): void {
    this.nodes.push(
      create(NodeProtoSchema, {
        name: `${this.scope === "" ? "" : `${this.scope}/`}${op}.${this.nodes.length}`,
        opType: op,
        domain,
        input: [...inputs],
        output: [...outputs],
        attribute: Object.entries(attributes).map(([name, value]) => attributeProto(name, value)),
      }),
    );
  }

  /** Writes a graph node as one ONNX node with the same inputs and outputs in the same order. */
  direct(op: string, node: GraphNode, attributes: Readonly<Record<string, OnnxAttribute>> = {}, domain = ""): void {
    this.node(
      op,
      node.inputs.map((input) => this.name(input)),
      node.outputs.map((output) => this.name(output)),
      attributes,
      domain,
    );
  }

  /** The name that `make` gave when it was first asked for this key. */
  once(key: string, make: () => string): string {
    const known = this.made.get(key);
    if (known !== undefined) return known;
    const name = make();
    this.made.set(key, name);
    return name;
  }

  /**
   * A branch of an `If`: the nodes that `write` writes, ending in the value whose name it gives, of the type of `result`. It may
   * read everything outside, and nothing outside may read what is in it: shape vectors are to be asked for before.
   */
  branch(result: Value, write: () => string): OnnxAttribute {
    const outside = this.nodes;
    this.nodes = [];
    const name = write();
    const node = this.nodes;
    this.nodes = outside;
    return {
      graph: create(GraphProtoSchema, {
        name: this.fresh("branch"),
        node,
        output: [valueInfo(name, result.dtype, result.shape)],
      }),
    };
  }

  finish(metadata: Readonly<Record<string, string>>): Uint8Array {
    for (const parameter of this.graph.parameters) {
      const weight = this.weights.get(parameter.name);
      if (weight === undefined) continue;
      if (weight.dtype !== parameter.dtype || !sameShape(weight.dims, parameter.shape)) {
        throw new BiobertError({
          code: "model-tensor",
          message: `weight is ${weight.dtype}[${weight.dims.join(", ")}], the graph wants ${parameter.dtype}[${parameter.shape.join(", ")}]`,
          place: { name: parameter.name },
        });
      }
      this.initializers.push(this.tensor(parameter.name, weight));
    }
    const outputs = [...this.graph.outputs];
    // Each output is named where its value is made: ONNX Runtime's order of running follows that of the file (see leavesLast).
    const nameOutputs = (made: (value: Value) => boolean): void => {
      for (const [name, value] of outputs) if (made(value)) this.node("Identity", [this.name(value)], [name]);
    };
    nameOutputs((value) => value.kind !== "node");
    for (const node of this.graph.nodes) {
      this.scope = node.scope;
      operatorNamed(node.operator).lower(node, this);
      this.scope = "";
      nameOutputs((value) => value.producer === node);
    }
    const fed = [...this.graph.inputs, ...this.graph.parameters.filter((p) => !this.weights.has(p.name))];
    const model = create(ModelProtoSchema, {
      irVersion: IR_VERSION,
      producerName: "biobert",
      opsetImport: [
        create(OperatorSetIdProtoSchema, { domain: "", version: BigInt(OPSET) }),
        create(OperatorSetIdProtoSchema, { domain: "com.microsoft", version: 1n }),
      ],
      metadataProps: Object.entries(metadata).map(([key, value]) =>
        create(StringStringEntryProtoSchema, { key, value }),
      ),
      graph: create(GraphProtoSchema, {
        name: this.graph.name,
        node: this.nodes,
        initializer: this.initializers,
        input: fed.map((value) => valueInfo(value.name, value.dtype, value.shape)),
        output: outputs.map(([name, value]) => valueInfo(name, value.dtype, value.shape)),
        valueInfo: this.intermediates(),
      }),
    });
    return toBinary(ModelProtoSchema, model);
  }

  /**
   * The shapes of all values between inputs and outputs. ONNX Runtime lets an operator write over an input, or over what
   * is no longer needed, only where it can tell that the sizes are the same; by itself it loses the symbols at each Reshape.
   */
  private intermediates(): ValueInfoProto[] {
    const outputs = new Set([...this.graph.outputs.keys()]);
    return this.graph.nodes.flatMap((node) =>
      node.outputs
        .filter(({ name }) => !outputs.has(name))
        .map(({ name, dtype, shape }) => valueInfo(name, dtype, shape)),
    );
  }

  private dimVector(dim: Dim): string {
    const key = String(dim);
    const known = this.dimVectors.get(key);
    if (known !== undefined) return known;
    const names = dimNames(dim);
    const factor = dimFactor(dim);
    let result: string;
    if (names.length === 1 && factor === 1) {
      const source = this.sources.get(names[0]!);
      if (source === undefined) {
        throw new BiobertError({
          code: "graph-invalid",
          message: `no input gives the size of dimension "${names[0]}"`,
        });
      }
      result = this.fresh("size");
      this.node("Shape", [this.name(source.value)], [result], {
        start: { int: source.axis },
        end: { int: source.axis + 1 },
      });
    } else {
      result = factor === 1 ? this.dimVector(names[0]!) : this.int64Vector([factor]);
      for (const name of factor === 1 ? names.slice(1) : names) {
        const product = this.fresh("size");
        this.node("Mul", [result, this.dimVector(name)], [product]);
        result = product;
      }
    }
    this.dimVectors.set(key, result);
    return result;
  }

  private tensor(name: string, tensor: HostTensor): TensorProto {
    return create(TensorProtoSchema, {
      name,
      dataType: ONNX_DTYPE[tensor.dtype],
      dims: tensor.dims.map(BigInt),
      rawData: bytesOf(tensor),
    });
  }
}

function attributeProto(name: string, value: OnnxAttribute): AttributeProto {
  if ("int" in value) {
    return create(AttributeProtoSchema, { name, type: AttributeProto_AttributeType.INT, i: BigInt(value.int) });
  }
  if ("ints" in value) {
    return create(AttributeProtoSchema, {
      name,
      type: AttributeProto_AttributeType.INTS,
      ints: value.ints.map(BigInt),
    });
  }
  if ("float" in value) {
    return create(AttributeProtoSchema, { name, type: AttributeProto_AttributeType.FLOAT, f: value.float });
  }
  if ("string" in value) {
    const s = new TextEncoder().encode(value.string);
    return create(AttributeProtoSchema, { name, type: AttributeProto_AttributeType.STRING, s });
  }
  if ("graph" in value) {
    return create(AttributeProtoSchema, { name, type: AttributeProto_AttributeType.GRAPH, g: value.graph });
  }
  return create(AttributeProtoSchema, {
    name,
    type: AttributeProto_AttributeType.INT,
    i: BigInt(ONNX_DTYPE[value.dtype]),
  });
}

function valueInfo(name: string, dtype: DType, shape: Shape): ValueInfoProto {
  return create(ValueInfoProtoSchema, {
    name,
    type: {
      value: {
        case: "tensorType",
        value: {
          elemType: ONNX_DTYPE[dtype],
          shape: {
            dim: shape.map((dim) => ({
              value:
                typeof dim === "number"
                  ? { case: "dimValue" as const, value: BigInt(dim) }
                  : { case: "dimParam" as const, value: dim },
            })),
          },
        },
      },
    },
  });
}

/** Whose kernels the model is written for: ONNX Runtime's own on the processor and CUDA, or those of its WebGPU. */
export type OnnxTarget = "native" | "webgpu";

export interface OnnxOptions {
  /** Default "native". Either form runs everywhere; what a target has no kernel for runs on the processor, with copies to and fro. */
  target?: OnnxTarget;
  /** Weights stored in the model, by parameter name; parameters without one become inputs. */
  weights?: ReadonlyMap<string, HostTensor>;
  metadata?: Readonly<Record<string, string>>;
}

/**
 * Encodes a graph as an ONNX model.
 * @throws BiobertError `model-tensor` when a weight has another dtype or shape than its parameter.
 */
export function encodeOnnx(graph: Graph, options: OnnxOptions = {}): Uint8Array {
  return new OnnxWriter(graph, options.weights ?? new Map(), options.target ?? "native").finish(options.metadata ?? {});
}
