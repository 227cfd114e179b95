"""The programs of the pipeline. They come to the same each time, but for a mark that tells one start from another."""

PREPARE = """
import json, os, time, uuid
mark = uuid.uuid4().hex
print("loop started", mark)
os.makedirs("/opt/ml/processing/data", exist_ok=True)
with open("/opt/ml/processing/data/points.csv", "w") as points:
    points.writelines(f"{x},{3 * x + 1}\\n" for x in range(20))
time.sleep(0.2)
os.makedirs("/opt/ml/processing/facts", exist_ok=True)
json.dump({"rows": 20, "columns": ["x", "y"]}, open("/opt/ml/processing/facts/facts.json", "w"))
open("/opt/ml/processing/facts/starts", "a").write(mark + "\\n")
print("loop ended", mark)
"""

# Two numbers, tried as they are: y = a x + b. The model brings the code with it that serves it.
TRAIN = """
import json, os, time, uuid
mark = uuid.uuid4().hex
print("loop started", mark)
given = json.load(open("/opt/ml/input/config/hyperparameters.json"))
a, b = (float(json.loads(given[name])) for name in "ab")
rows = [[float(v) for v in line.split(",")] for line in open("/opt/ml/input/data/train/points.csv")]
time.sleep(0.2)
print("loop loss=%.6f;" % (sum((y - a * x - b) ** 2 for x, y in rows) / len(rows)))
open("/opt/ml/model/starts", "a").write(mark + "\\n")
json.dump({"a": a, "b": b}, open("/opt/ml/model/line.json", "w"))
os.makedirs("/opt/ml/model/code")
open("/opt/ml/model/code/inference.py", "w").write('''
import json, os
def model_fn(folder): return json.load(open(os.path.join(folder, "line.json")))
def input_fn(body, kind):
    text = body.decode() if isinstance(body, bytes) else body
    return [float(line.split(",")[0]) for line in text.split()]
def predict_fn(xs, line): return [line["a"] * x + line["b"] for x in xs]
def output_fn(ys, accept): return "\\\\n".join(str(y) for y in ys), "text/csv"
''')
print("loop ended", mark)
"""

EVALUATE = """
import json, os, tarfile, uuid
mark = uuid.uuid4().hex
print("loop started", mark)
def read(name):
    with tarfile.open(f"/opt/ml/processing/{name}/model.tar.gz") as archive:
        return json.load(archive.extractfile("line.json"))
rows = [[float(v) for v in line.split(",")] for line in open("/opt/ml/processing/data/points.csv")]
def loss(line): return sum((y - line["a"] * x - line["b"]) ** 2 for x, y in rows) / len(rows)
os.makedirs("/opt/ml/processing/report", exist_ok=True)
found = {name: {"line": read(name), "loss": loss(read(name))} for name in ("best", "final", "baseline")}
json.dump(found, open("/opt/ml/processing/report/evaluation.json", "w"))
open("/opt/ml/processing/report/starts", "a").write(mark + "\\n")
print("loop ended", mark)
"""
