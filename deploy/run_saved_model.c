/* Paints one layout with an exported generator, by TensorFlow's C API alone.

   run_saved_model FOLDER LAYOUT_INPUT SEED_INPUT OUTPUT LAYOUT.png SEED IMAGE.png

   The three names are those that `saved_model_cli show` prints of the signature
   `png_seeded`; deploy/README.md says how to build and call it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tensorflow/c/c_api.h>
#include <tensorflow/c/tf_tstring.h>

static void stop(const char *reason) {
  fprintf(stderr, "%s\n", reason);
  exit(1);
}

/* The tensor of a name such as "StatefulPartitionedCall_2:0". */
static TF_Output find(TF_Graph *graph, char *name) {
  char *colon = strrchr(name, ':');
  if (colon == NULL) stop("Names of tensors end in a colon and a number.");
  *colon = '\0';
  TF_Output found = {TF_GraphOperationByName(graph, name), atoi(colon + 1)};
  if (found.oper == NULL) stop("The model has no tensor of this name.");
  return found;
}

int main(int argc, char **argv) {
  if (argc != 8) stop("Expected seven arguments; see the top of the source.");
  TF_Status *status = TF_NewStatus();
  TF_Graph *graph = TF_NewGraph();
  const char *tags[] = {"serve"};
  TF_Session *session = TF_LoadSessionFromSavedModel(
      TF_NewSessionOptions(), NULL, argv[1], tags, 1, graph, NULL, status);
  if (TF_GetCode(status) != TF_OK) stop(TF_Message(status));

  static char bytes[1 << 24];
  FILE *file = fopen(argv[5], "rb");
  if (file == NULL) stop("The layout cannot be read.");
  size_t size = fread(bytes, 1, sizeof bytes, file);
  fclose(file);

  const int64_t one = 1;
  TF_Tensor *layout = TF_AllocateTensor(TF_STRING, &one, 1, sizeof(TF_TString));
  TF_StringInit(TF_TensorData(layout));
  TF_StringCopy(TF_TensorData(layout), bytes, size);
  TF_Tensor *seed = TF_AllocateTensor(TF_INT64, &one, 1, sizeof(int64_t));
  *(int64_t *)TF_TensorData(seed) = atoll(argv[6]);

  TF_Output inputs[] = {find(graph, argv[2]), find(graph, argv[3])};
  TF_Output output = find(graph, argv[4]);
  TF_Tensor *values[] = {layout, seed}, *image = NULL;
  TF_SessionRun(session, NULL, inputs, values, 2, &output, &image, 1, NULL, 0,
                NULL, status);
  if (TF_GetCode(status) != TF_OK) stop(TF_Message(status));

  const TF_TString *png = TF_TensorData(image);
  file = fopen(argv[7], "wb");
  if (file == NULL) stop("The image cannot be written.");
  fwrite(TF_StringGetDataPointer(png), 1, TF_StringGetSize(png), file);
  if (fclose(file) != 0) stop("The image cannot be written.");
  return 0;
}
